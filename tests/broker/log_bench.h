// A PartitionLog on a simulated machine whose disk outlives its processes.
#pragma once

#include "broker/log/log.h"
#include "model/record/batch_builder.h"
#include "model/record/batch_iterator.h"
#include "sim/world/world.h"

namespace weir {

inline Buffer batch_of(std::initializer_list<std::string_view> values, BatchOptions options = {}) {
  BatchBuilder builder(options);
  for (const std::string_view value : values) {
    builder.add({.timestamp = WallTime{1'000}, .key = std::nullopt, .value = as_bytes(value)});
  }
  return builder.finish();
}

inline std::vector<std::string> values_of(ConstBytes bytes) {
  std::vector<std::string> values;
  for (const BatchView& batch : scan_batches(bytes).batches) {
    BatchIterator records{batch};
    for (auto record = records.next(); record && *record; record = records.next()) {
      values.emplace_back(as_text((*record)->value.value_or(ConstBytes{})));
    }
  }
  return values;
}

// One machine whose disk outlives its processes.
class LogBench {
 public:
  explicit LogBench(uint64_t key = 1, NodeOptions options = {}) : world_(key, oracle_, {}) {
    world_.add_node(options);
  }
  void run(const std::function<void(Env&)>& body) {
    SimNode& node = world_.node(1);
    bool ended = false;
    node.boot([&](Env& env, Event&) {
      body(env);
      ended = true;
    });
    while (!ended && world_.simulator().step(world_.simulator().now_ns() + seconds(1000).ns())) {
    }
    REQUIRE(ended);
    node.reap();
  }
  // Runs `body` on an opened log.
  void with_log(const LogSettings& settings, const std::function<void(Env&, PartitionLog&)>& body) {
    run([&](Env& env) {
      (void)env.disk.await_create_directory("t-0");
      REQUIRE(env.disk.await_sync_directory("").ok());
      auto log = PartitionLog::await_open(env, "t-0", settings);
      REQUIRE(log.ok());
      body(env, **log);
      (*log)->await_quiet();
    });
  }
  // The same, and closes it in order.
  void with_closed_log(const LogSettings& settings,
                       const std::function<void(Env&, PartitionLog&)>& body) {
    with_log(settings, [&](Env& env, PartitionLog& log) {
      body(env, log);
      log.await_close();
    });
  }
  CrashLosses lose_power() { return world_.node(1).lose_power(); }
  World& world() { return world_; }

 private:
  RandomOracle oracle_;
  World world_;
};

inline AppendOutcome append(PartitionLog& log, Buffer batch) { return log.await_append(batch); }

}  // namespace weir
