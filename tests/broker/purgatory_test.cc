// The purgatory and its timer, in the simulated world: complete once, expire in time, keep no lists.
#include "tests/support/test_pch.h"

#include "broker/purgatory/purgatory.h"
#include "sim/fiber/gate.h"
#include "sim/world/world.h"

namespace weir {
namespace {

// Waits until a counter has reached a value.
struct AtLeast final : DelayedOperation {
  AtLeast(const int& counter_in, int value_in) : counter(counter_in), value(value_in) {}
  [[nodiscard]] bool can_complete() const override { return counter >= value; }
  void on_complete() override {
    ++completed;
    if (then) then();
  }
  void on_expiration() override { ++expired; }
  const int& counter;
  const int value;
  int completed = 0;
  int expired = 0;
  std::function<void()> then;
};

using TestPurgatory = Purgatory<int, AtLeast>;
using Outcome = TestPurgatory::Outcome;

// Runs `body` on a machine of its own, with a timer that runs.
void with_timer(const std::function<void(Env&, Timer&)>& body, uint64_t key = 1) {
  RandomOracle oracle;
  World world(key, oracle, {});
  bool ended = false;
  world.add_node({}).boot([&](Env& env, Event& /*stop*/) {
    Timer timer(env.clock, env.scheduler, env.buggify);
    Gate gate(env.scheduler);
    constexpr Site kTimer{"test.timer"};
    spawn_in(gate, env.scheduler, kTimer, [&] { timer.await_run(); });
    body(env, timer);
    timer.close();
    gate.await_close();
    ended = true;
  });
  world.simulator().run_until(seconds(3600).ns());
  REQUIRE(ended);
}

TimePoint in(Env& env, Duration wait) { return env.clock.now() + wait; }

}  // namespace

TEST_CASE("an operation whose condition holds completes at once and is watched by nobody") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify);
    const int counter = 3;
    auto operation = std::make_shared<AtLeast>(counter, 3);
    REQUIRE(purgatory.try_complete_else_watch(operation, {1, 2}, in(env, seconds(1))) ==
            Outcome::completed);
    REQUIRE(operation->completed == 1);
    REQUIRE(purgatory.watched() == 0);
    REQUIRE(timer.size() == 0);
  });
}

TEST_CASE("a check completes those whose condition holds, under each of their keys, once") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify);
    int counter = 0;
    auto one = std::make_shared<AtLeast>(counter, 1);
    auto two = std::make_shared<AtLeast>(counter, 2);
    REQUIRE(purgatory.try_complete_else_watch(one, {1, 2}, in(env, seconds(9))) == Outcome::watched);
    REQUIRE(purgatory.try_complete_else_watch(two, {1}, in(env, seconds(9))) == Outcome::watched);
    REQUIRE(purgatory.check_and_complete(1) == 0);
    counter = 1;
    REQUIRE(purgatory.check_and_complete(7) == 0);
    REQUIRE(purgatory.check_and_complete(2) == 1);
    REQUIRE(purgatory.check_and_complete(1) == 0);
    REQUIRE(one->completed == 1);
    REQUIRE(one->expired == 0);
    REQUIRE(purgatory.delayed() == 1);
    counter = 2;
    REQUIRE(purgatory.check_and_complete(1) == 1);
    REQUIRE(purgatory.watched() == 0);
    REQUIRE(timer.size() == 0);
    await_sleep(env.scheduler, in(env, seconds(20)));
    REQUIRE(one->completed == 1);
    REQUIRE(two->expired == 0);
  });
}

TEST_CASE("an operation expires at its deadline, never before and within two ticks") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify);
    const int counter = 0;
    for (const int64_t wait_ms : {1, 3, 19, 20, 21, 399, 400, 401, 10'000, 70'000}) {
      auto operation = std::make_shared<AtLeast>(counter, 1);
      TimePoint at = TimePoint::never();
      operation->then = [&] { at = env.clock.now(); };
      const TimePoint deadline = in(env, milliseconds(wait_ms));
      purgatory.try_complete_else_watch(operation, {1}, deadline);
      await_sleep(env.scheduler, deadline + milliseconds(5));
      REQUIRE(operation->expired == 1);
      REQUIRE(operation->completed == 1);
      REQUIRE(at >= deadline);
      REQUIRE(at < deadline + milliseconds(2));
      REQUIRE(purgatory.check_and_complete(1) == 0);
    }
  });
}

TEST_CASE("a later operation with an earlier deadline wakes the timer") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify);
    const int counter = 0;
    auto late = std::make_shared<AtLeast>(counter, 1);
    auto early = std::make_shared<AtLeast>(counter, 1);
    purgatory.try_complete_else_watch(late, {1}, in(env, seconds(600)));
    await_sleep(env.scheduler, in(env, seconds(1)));
    purgatory.try_complete_else_watch(early, {1}, in(env, milliseconds(10)));
    await_sleep(env.scheduler, in(env, milliseconds(20)));
    REQUIRE(early->expired == 1);
    REQUIRE(late->expired == 0);
  });
}

TEST_CASE("lists that nobody checks do not grow with operations that have expired") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify, {.purge_interval = 100});
    int counter = 0;
    size_t most = 0;
    auto stays = std::make_shared<AtLeast>(counter, 1);
    purgatory.try_complete_else_watch(stays, {5}, in(env, seconds(3000)));
    for (int i = 0; i < 1000; ++i) {
      auto operation = std::make_shared<AtLeast>(counter, 1);
      purgatory.try_complete_else_watch(operation, {i, i + 1, 5}, in(env, milliseconds(1)));
      await_sleep(env.scheduler, in(env, milliseconds(3)));
      REQUIRE(purgatory.delayed() == 1);
      most = std::max(most, purgatory.watched());
    }
    REQUIRE(most <= 100 + 4);
    counter = 1;
    REQUIRE(purgatory.check_and_complete(5) == 1);
    REQUIRE(stays->completed == 1);
  });
}

TEST_CASE("a full purgatory leaves an operation as it was") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify, {.max_operations = 2});
    int counter = 0;
    for (const Outcome expected : {Outcome::watched, Outcome::watched, Outcome::full}) {
      auto operation = std::make_shared<AtLeast>(counter, 1);
      REQUIRE(purgatory.try_complete_else_watch(operation, {1}, in(env, seconds(1))) == expected);
      REQUIRE(operation->completed == 0);
    }
    counter = 1;
    REQUIRE(purgatory.check_and_complete(1) == 2);
  });
}

TEST_CASE("what completes may watch again, under the same key") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify);
    int counter = 1;
    auto again = std::make_shared<AtLeast>(counter, 2);
    auto first = std::make_shared<AtLeast>(counter, 2);
    first->then = [&] {
      counter = 0;
      REQUIRE(purgatory.try_complete_else_watch(again, {1}, in(env, seconds(1))) ==
              Outcome::watched);
    };
    purgatory.try_complete_else_watch(first, {1}, in(env, seconds(1)));
    counter = 2;
    REQUIRE(purgatory.check_and_complete(1) == 1);
    REQUIRE(again->completed == 0);
    REQUIRE(purgatory.delayed() == 1);
    REQUIRE(purgatory.watched() == 1);
  });
}

TEST_CASE("everything that waits can be completed at once") {
  with_timer([](Env& env, Timer& timer) {
    TestPurgatory purgatory(timer, env.buggify);
    const int counter = 0;
    auto operation = std::make_shared<AtLeast>(counter, 1);
    purgatory.try_complete_else_watch(operation, {1, 2, 3}, TimePoint::never());
    int told = 0;
    purgatory.complete_all([&](AtLeast&) { ++told; });
    REQUIRE(told == 1);
    REQUIRE(operation->completed == 1);
    REQUIRE(operation->expired == 0);
    REQUIRE(purgatory.delayed() == 0);
  });
}

}  // namespace weir
