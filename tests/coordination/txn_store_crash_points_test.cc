// A TxnStore that dies at every I/O boundary of what it writes, in every mode of
// tests/broker/crash_points/crash_mode.h, and in some once more in the recovery from that.
#include "tests/support/test_pch.h"

#include "broker/coordination/storage/storage_bugs.h"
#include "tests/broker/crash_points/crash_mode.h"
#include "tests/broker/crash_points/power_cut.h"
#include "tests/coordination/store_plan.h"

namespace weir {
namespace {

using Script = std::vector<std::pair<StoreStep, uint8_t>>;

NetworkOptions plain_network() { return {}; }

// One machine whose power can go at a chosen boundary.
class CutMachine {
 public:
  explicit CutMachine(uint64_t planted_bug) : oracle_(true), world_(1, oracle_, plain_network()) {
    world_.add_node({.disk = {.slow_sync_per_million = 0}});
    world_.buggify().configure({.fires_per_million = 0, .planted_id = planted_bug});
    world_.node(1).disk_faults().short_io.per_million = 0;
  }
  // True when the body came to its end before the boundary. Boundaries count from 1; 0: never.
  bool run(uint64_t boundary, const std::function<void(Env&)>& body) {
    cut_.arm(boundary);
    world_.node(1).boot([&](Env& env, Event&) {
      BoundaryDisk disk(env.disk, Boundary(cut_, env.scheduler));
      Env bounded{env.clock, env.scheduler, env.network, disk,       env.random,
                  env.trace, env.log,       env.shards,  env.buggify};
      body(bounded);
    });
    Simulator& simulator = world_.simulator();
    while (world_.node(1).running() && !cut_.struck()) {
      if (!simulator.step(simulator.now_ns() + seconds(100).ns())) break;
    }
    return !cut_.struck();
  }
  void crash(const CrashMode& mode) {
    oracle_.set(mode);
    if (mode.process_only) return world_.node(1).kill();
    world_.node(1).disk_faults().crash = oracle_.law();
    world_.node(1).lose_power();
  }
  [[nodiscard]] const std::string& where() const { return cut_.where(); }

 private:
  CrashOracle oracle_;
  World world_;
  PowerCut cut_;
};

struct Tried {
  std::string violation;  // empty: none
  bool first_ended = false;
  bool second_ended = false;
};

Tried try_point(const Script& script, uint64_t first, const CrashMode& mode, uint64_t second,
                uint64_t planted_bug) {
  CutMachine machine(planted_bug);
  const TxnStoreOptions options = small_store();
  StoreModel model(options.snapshots_kept);
  const auto live = [&](Env& env, const Script& steps) {
    const auto store = TxnStore::await_open(env, options);
    if (!store) return model.violated("the store does not open: " + store.error().what);
    model.await_check(**store);
    for (const auto& [step, amount] : steps) {
      if (await_step(model, **store, static_cast<uint8_t>(step), amount)) continue;
      return model.violated("a step was refused");
    }
  };
  Tried tried;
  tried.first_ended = machine.run(first, [&](Env& env) { live(env, script); });
  std::string where = machine.where();
  machine.crash(mode);
  const Script work_on{{StoreStep::append, 70}, {StoreStep::sync, 0}, {StoreStep::append, 30}};
  // What the first recovery has shown is promised, though nothing was done after it.
  tried.second_ended = machine.run(second, [&](Env& env) { live(env, {}); });
  if (second != 0) where += ", then " + machine.where();
  machine.crash(second != 0 ? mode : *find_crash_mode("dropped"));
  machine.run(0, [&](Env& env) { live(env, work_on); });
  machine.crash(*find_crash_mode("dropped"));
  machine.run(0, [&](Env& env) { live(env, {}); });
  if (!model.violations().empty()) tried.violation = where + ": " + model.violations().front();
  return tried;
}

// The first violation of any point, and how many points there were.
std::pair<std::string, uint64_t> enumerate(const Script& script, uint64_t planted_bug = 0) {
  uint64_t points = 0;
  const std::vector<CrashMode> few = few_crash_modes();
  for (const CrashMode& mode : crash_modes()) {
    const bool twice = std::any_of(few.begin(), few.end(), [&mode](const CrashMode& other) {
      return other.name == mode.name;
    });
    for (uint64_t first = 1;; ++first) {
      const Tried tried = try_point(script, first, mode, 0, planted_bug);
      ++points;
      if (!tried.violation.empty()) return {mode.name + " " + tried.violation, points};
      if (tried.first_ended) break;
      if (planted_bug != 0 || !twice || first % 5 != 0) continue;
      for (uint64_t second = 1;; second += 3) {
        const Tried again = try_point(script, first, mode, second, planted_bug);
        ++points;
        if (!again.violation.empty()) return {mode.name + " " + again.violation, points};
        if (again.second_ended) break;
      }
    }
  }
  return {"", points};
}

using enum StoreStep;
const std::vector<Script>& scripts() {
  static const std::vector<Script> all{
      {{append, 50}, {append, 61}, {sync, 0}, {append, 90}, {append, 91}, {append, 13}},
      {{append, 60},
       {append, 63},
       {sync, 0},
       {append, 90},
       {truncate, 40},
       {append, 20},
       {sync, 0}},
      {{append, 60},
       {snapshot, 50},
       {append, 63},
       {snapshot, 80},
       {append, 90},
       {snapshot, 90},
       {append, 91},
       {sync, 0},
       {purge, 0},
       {append, 3}},
      {{append, 60},
       {append, 63},
       {snapshot, 80},
       {append, 90},
       {sync, 0},
       {install, 0},
       {append, 50},
       {sync, 0},
       {install, 1},
       {append, 3}},
      {{install, 0}, {hard_state, 0}, {install, 1}},
      {{hard_state, 0}, {append, 60}, {hard_state, 0}, {sync, 0}, {hard_state, 0}},
      {{append, 60},
       {snapshot, 30},
       {append, 63},
       {snapshot, 90},
       {append, 90},
       {truncate, 35},
       {append, 50},
       {snapshot, 90}},
  };
  return all;
}

}  // namespace

TEST_CASE("a store that dies at any I/O boundary in any way keeps its promises") {
  uint64_t points = 0;
  for (const Script& script : scripts()) {
    const auto [violation, tried] = enumerate(script);
    if (!violation.empty()) FAIL(violation);
    points += tried;
  }
  REQUIRE(points > 10'000);
}

TEST_CASE("crash points catch the planted bugs that a crash alone can show") {
  using namespace storage_bug;
  for (const Site& bug : {kSyncSkipped, kNameNotSynced, kTornTailKept, kTruncationNotSynced,
                          kRollLosesSync, kPurgeTooMuch}) {
    INFO(std::string(bug.name));
    bool caught = false;
    for (const Script& script : scripts())
      caught = caught || !enumerate(script, bug.id).first.empty();
    REQUIRE(caught);
  }
}

}  // namespace weir
