// Planted races: small programs that go wrong under few schedules, and the stage they play on.
//
// A race is the main fiber of a program on a simulated machine with two shards. It keeps the state
// on its stack, spawns the racing fibers and waits for them; the harness adds fibers that take
// turns and locks but never go wrong. It failed when somebody said so, or when a fiber never ends.
//
//   racy    the planted bug
//   fixed   the same program without it: no schedule may fail, which tests harness and checks
//
//   full    with other fibers, and with turns between the racers' critical steps
//   small   the racers' critical steps alone, for exhaustive search
//
// The depth of a race is the number of ordering constraints between steps that suffice for it; each
// race lists them. a < b: step a happens before step b.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/fiber/event.h"
#include "sim/world/schedule/schedule_choice.h"
#include "sim/world/world.h"

namespace weir::races {

struct Setup {
  bool racy = true;
  bool small = false;
};

class Stage {
 public:
  Stage(Env& env, Setup setup) : env_(env), setup_(setup), all_ended_(env.scheduler) {}

  [[nodiscard]] bool racy() const { return setup_.racy; }
  [[nodiscard]] Scheduler& scheduler() { return env_.scheduler; }

  void spawn(UniqueFunction<void()> body);
  // Returns once every spawned fiber has ended.
  void await_all_ended();
  // Only the first counts.
  void fail(std::string_view how) {
    if (failure_.empty()) failure_ = how;
  }
  [[nodiscard]] const std::string& failure() const { return failure_; }

  // Gives up control `turns` times: a step that others may come between.
  void await_turns(uint32_t turns);
  // Work before or between the critical steps; none in a small setup.
  void await_lead(uint32_t turns) {
    if (!setup_.small) await_turns(turns);
  }
  // Two calls to the other shard, each answered after a drawn time (what first in, first out has
  // its jitter from); at once in a small setup.
  void await_other_shard();
  // Fibers that share two units and a channel, and never go wrong; none in a small setup.
  void spawn_bystanders();

 private:
  Env& env_;
  const Setup setup_;
  size_t running_ = 0;
  Event all_ended_;
  std::string failure_;
};

struct Race {
  std::string_view name;
  uint32_t depth = 0;
  void (*play)(Stage& stage) = nullptr;
};

// The twelve, in the order of the table.
std::span<const Race> all_races();

// How one run went wrong; nothing when it did not.
std::optional<std::string> run_race(const Race& race, Setup setup, uint64_t key,
                                    ChoiceOracle& oracle);

// How often more than one fiber is ready in a first-in-first-out run.
uint64_t decisions_of(const Race& race, Setup setup, uint64_t key);

// The number of schedules until the first that fails, this one included; nothing when none of
// `limit` does. `schedule.expected_decisions` is replaced by decisions_of.
std::optional<uint64_t> schedules_to_find(const Race& race, ScheduleChoice schedule,
                                          uint64_t base_seed, uint64_t limit);

}  // namespace weir::races
