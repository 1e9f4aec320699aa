#include "tests/world/races/race.h"

#include "sim/fiber/channel.h"
#include "sim/fiber/semaphore.h"
#include "sim/fiber/shard_call.h"
#include "sim/world/schedule/fifo.h"
#include "sim/world/schedule/schedule_oracle.h"

namespace weir::races {
namespace {

constexpr Site kRacer{"race.fiber"};
constexpr Site kSchedule{"race.schedule"};
constexpr size_t kBystanders = 4;

}  // namespace

void Stage::spawn(UniqueFunction<void()> body) {
  ++running_;
  env_.scheduler.spawn(kRacer, [this, body = std::move(body)]() mutable {
    body();
    if (--running_ == 0) all_ended_.set();
  });
}

void Stage::await_all_ended() {
  if (running_ > 0) all_ended_.await();
}

void Stage::await_turns(uint32_t turns) {
  for (uint32_t i = 0; i < turns; ++i) env_.scheduler.await_yield();
}

void Stage::await_other_shard() {
  if (setup_.small) return;
  ShardRoot here;
  for (int call = 0; call < 2; ++call) {
    await_call(env_.shards, env_.scheduler, 1 - env_.shards.self(), here,
               [](ShardRoot&) { return true; });
  }
}

void Stage::spawn_bystanders() {
  if (setup_.small) return;
  struct Shared {
    explicit Shared(Scheduler& scheduler) : units(scheduler, 2), channel(scheduler, 2) {}
    Semaphore units;
    Channel<int> channel;
  };
  const auto shared = std::make_shared<Shared>(env_.scheduler);
  for (size_t i = 0; i < kBystanders; ++i) {
    spawn([this, shared, sends = i % 2 == 0] {
      for (int round = 0; round < 2; ++round) {
        shared->units.await_acquire();
        await_turns(1);
        shared->units.release();
        if (sends) {
          shared->channel.await_push(round);
        } else {
          shared->channel.await_pop();
        }
        await_turns(2);
      }
    });
  }
}

std::optional<std::string> run_race(const Race& race, Setup setup, uint64_t key,
                                    ChoiceOracle& oracle) {
  ShardRoot roots[2];
  std::optional<Stage> stage;
  bool returned = false;
  World world(key, oracle, {});
  world.add_node({.shards = setup.small ? 1U : 2U}).boot([&](Env& env, Event&) {
    env.shards.bind(roots[env.shards.self()]);
    if (env.shards.self() != 0) return;
    stage.emplace(env, setup);
    race.play(*stage);
    returned = true;
  });
  world.simulator().run_until(seconds(1).ns());
  CHECK(stage.has_value());
  if (!stage->failure().empty()) return stage->failure();
  if (!returned) return "a fiber waits for ever";
  return std::nullopt;
}

uint64_t decisions_of(const Race& race, Setup setup, uint64_t key) {
  RandomOracle random;
  FifoOracle fifo(random);
  run_race(race, setup, key, fifo);
  return fifo.decisions();
}

std::optional<uint64_t> schedules_to_find(const Race& race, ScheduleChoice schedule,
                                          uint64_t base_seed, uint64_t limit) {
  schedule.expected_decisions = decisions_of(race, {}, base_seed);
  for (uint64_t i = 1; i <= limit; ++i) {
    const uint64_t key = fold64(fold64(base_seed, fnv1a(race.name)), i);
    const auto oracle = make_schedule_oracle(schedule, Stream(fold64(key, kSchedule.id)));
    if (run_race(race, {}, key, *oracle)) return i;
  }
  return std::nullopt;
}

}  // namespace weir::races
