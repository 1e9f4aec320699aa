// What the tests of schedules share: fibers that were never started, and small interleavings.
#pragma once

#include <string>
#include <vector>

#include "sim/world/world.h"

namespace weir {

inline constexpr Site kAnyPick{"test.pick"};
inline constexpr Site kStepper{"test.stepper"};

// Fibers of node 1, shard 0, by their ids.
inline std::vector<FiberId> fibers(std::initializer_list<uint64_t> ids) {
  std::vector<FiberId> all;
  for (const uint64_t id : ids) all.push_back({1, 0, id});
  return all;
}

// Asks who runs next, and returns its fiber id.
inline uint64_t ask(ChoiceOracle& oracle, const std::vector<FiberId>& ready) {
  Stream stream(1);
  return ready.at(oracle.choose_fiber(kAnyPick, stream, ready)).fiber;
}

// The order in which `count` fibers of `steps` turns each took their turns: "abba" for two of two.
inline std::string interleaving(ChoiceOracle& oracle, size_t count, size_t steps,
                                uint64_t key = 1) {
  std::string order;
  World world(key, oracle, {});
  world.add_node({}).boot([&](Env& env, Event&) {
    for (size_t i = 0; i < count; ++i) {
      env.scheduler.spawn(kStepper, [&, i] {
        for (size_t step = 0; step < steps; ++step) {
          if (step > 0) env.scheduler.await_yield();
          order += static_cast<char>('a' + i);
        }
      });
    }
  });
  world.simulator().run_until(seconds(1).ns());
  return order;
}

// The hash of a run in which fibers sleep, yield and wait for each other.
inline uint64_t hash_of_busy_run(ChoiceOracle& oracle, uint64_t key) {
  World world(key, oracle, {});
  world.add_node({}).boot([](Env& env, Event&) {
    for (int i = 0; i < 5; ++i) {
      env.scheduler.spawn(kStepper, [&env, i] {
        for (int step = 0; step < 10; ++step) {
          env.scheduler.await_yield();
          if (step == i) env.scheduler.await_park(env.clock.now() + microseconds(10));
        }
      });
    }
  });
  world.simulator().run_until(seconds(1).ns());
  return world.simulator().trace().hash();
}

}  // namespace weir
