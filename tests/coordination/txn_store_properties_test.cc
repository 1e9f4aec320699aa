// Lives that end in power losses and kills, at any moment, judged by the reference model.
#include "tests/support/test_pch.h"

#include "broker/coordination/storage/storage_bugs.h"
#include "sim/base/stream.h"
#include "tests/coordination/store_plan.h"

namespace weir {
namespace {

constexpr Site kDraw{"test.store_plan"};

rc::Gen<StoreLife> any_life() {
  const auto steps = rc::gen::container<std::vector<std::pair<uint8_t, uint8_t>>>(rc::gen::pair(
      rc::gen::weightedElement<uint8_t>({{8, 0}, {6, 1}, {2, 2}, {3, 3}, {1, 4}, {1, 5}, {1, 6}}),
      rc::gen::arbitrary<uint8_t>()));
  return rc::gen::build<StoreLife>(
      rc::gen::set(&StoreLife::steps, steps),
      rc::gen::set(&StoreLife::events, rc::gen::inRange(1, 600)),
      rc::gen::set(&StoreLife::power, rc::gen::weightedElement<bool>({{3, true}, {1, false}})),
      rc::gen::set(&StoreLife::sync_fails,
                   rc::gen::weightedElement<bool>({{3, false}, {1, true}})));
}

// Long lives, most steps appends and syncs.
StorePlan drawn_plan(uint64_t seed) {
  Stream draw(seed, kDraw, 0, kDraw);
  constexpr std::array<uint8_t, 16> kSteps{0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6};
  StorePlan plan{.key = seed, .lives = {}};
  const uint64_t lives = 2 + draw.below(4);
  for (uint64_t i = 0; i < lives; ++i) {
    StoreLife life;
    const uint64_t steps = draw.below(30);
    for (uint64_t step = 0; step < steps; ++step) {
      const uint8_t what = kSteps.at(draw.below(kSteps.size()));
      life.steps.emplace_back(what, static_cast<uint8_t>(draw.below(256)));
    }
    life.events = static_cast<uint16_t>(draw.below(500));
    life.power = draw.below(4) != 0;
    life.sync_fails = draw.below(4) == 0;
    plan.lives.push_back(std::move(life));
  }
  return plan;
}

}  // namespace

TEST_CASE("a store shows what it has promised, and nothing that it was never told") {
  REQUIRE(rc::check("any lives", [] {
    StorePlan plan;
    plan.key = *rc::gen::inRange<uint64_t>(1, 1 << 20);
    plan.lives = *rc::gen::container<std::vector<StoreLife>>(any_life());
    const std::vector<std::string> violations = run_store_plan(plan);
    if (violations.empty()) return;
    RC_LOG() << plan;
    RC_FAIL(violations.front());
  }));
}

TEST_CASE("a store keeps its promises over long lives") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    const std::vector<std::string> violations = run_store_plan(drawn_plan(seed));
    if (!violations.empty()) FAIL(violations.front());
  }
}

TEST_CASE("the model catches every planted bug of the storage") {
  using namespace storage_bug;
  for (const Site& bug : {kSyncSkipped, kNameNotSynced, kTornTailKept, kTailNotRewritten,
                          kTruncationNotSynced, kSyncRetried, kRollLosesSync, kPurgeTooMuch}) {
    INFO(std::string(bug.name));
    bool caught = false;
    for (uint64_t seed = 1; seed <= 400 && !caught; ++seed) {
      caught = !run_store_plan(drawn_plan(seed), bug.id).empty();
    }
    REQUIRE(caught);
  }
}

}  // namespace weir
