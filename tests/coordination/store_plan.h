// A few lives of a TxnStore on one simulated machine, as data: what it is told in each, and how
// each ends.
#pragma once

#include <rapidcheck.h>

#include <ostream>

#include "tests/coordination/store_bench.h"
#include "tests/coordination/store_model.h"

namespace weir {

enum class StoreStep : uint8_t { append, sync, truncate, snapshot, install, purge, hard_state };
inline constexpr uint8_t kStoreSteps = 7;

struct StoreLife {
  std::vector<std::pair<uint8_t, uint8_t>> steps;  // StoreStep, and how much of it
  uint16_t events = 0;                             // so many events of the world, then the end
  bool power = true;                               // is lost; else the process is killed
  bool sync_fails = false;
};
struct StorePlan {
  uint64_t key = 1;
  std::vector<StoreLife> lives;
};
inline std::ostream& operator<<(std::ostream& to, const StorePlan& plan) {
  to << "key " << plan.key;
  for (const StoreLife& life : plan.lives) {
    to << "\n  life of " << life.events << (life.power ? " power" : " kill")
       << (life.sync_fails ? " sync fails" : "");
    for (const auto& [step, amount] : life.steps) to << " " << int{step} << ":" << int{amount};
  }
  return to;
}

inline bool await_step(StoreModel& model, TxnStore& store, uint8_t step, uint8_t amount) {
  switch (static_cast<StoreStep>(step)) {
    case StoreStep::append:
      return model.await_append(store, amount % 4 + 1, amount);
    case StoreStep::sync:
      return model.await_sync(store);
    case StoreStep::truncate:
      return model.await_truncate(store, amount % 101);
    case StoreStep::snapshot:
      return model.await_take_snapshot(store, amount % 101);
    case StoreStep::install:
      return model.await_install_snapshot(store, amount % 2 == 0);
    case StoreStep::purge:
      return model.await_purge(store);
    case StoreStep::hard_state:
      return model.await_save_hard_state(store);
  }
  return false;
}

// The violations that were found.
inline std::vector<std::string> run_store_plan(const StorePlan& plan, uint64_t planted_bug = 0) {
  StoreBench bench(plan.key);
  bench.world().buggify().configure(
      {.on_per_million = 500'000, .fires_per_million = 0, .planted_id = planted_bug});
  const TxnStoreOptions options = small_store();
  StoreModel model(options.snapshots_kept);
  const auto live = [&](const StoreLife& life) {
    bench.node().disk_faults().sync_error.per_million = 0;
    bool opened = false;
    bench.node().boot([&](Env& env, Event&) {
      const auto store = TxnStore::await_open(env, options);
      opened = true;
      if (!store) return model.violated("the store does not open: " + store.error().what);
      model.await_check(**store);
      if (life.sync_fails) bench.node().disk_faults().sync_error.per_million = 100'000;
      for (const auto& [step, amount] : life.steps) {
        (void)await_step(model, **store, step,
                         amount);  // after a failure, too: all are refused then
      }
    });
    Simulator& simulator = bench.world().simulator();
    for (uint64_t event = 0; bench.node().running() && (!opened || event < life.events); ++event) {
      if (!simulator.step(simulator.now_ns() + seconds(100).ns())) break;
    }
    if (life.power) {
      bench.node().lose_power();
    } else {
      bench.node().kill();
    }
  };
  for (const StoreLife& life : plan.lives) {
    if (model.violations().empty()) live(life);
  }
  live({.events = 60'000});  // looks, with nothing to do
  return model.violations();
}

}  // namespace weir
