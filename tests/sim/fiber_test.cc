// The primitives that wait: event, mutex, semaphore, channel, gate, cancel.
#include "tests/support/test_pch.h"

#include <deque>

#include "sim/base/stream.h"
#include "sim/fiber/channel.h"
#include "sim/fiber/gate.h"
#include "sim/fiber/semaphore.h"
#include "tests/sim/manual_host.h"

namespace weir {
namespace {
using Log = std::vector<std::string>;
}

TEST_CASE("event: wakes all that wait, and those who come later pass") {
  ManualHost host;
  Event event(host.fibers());
  Log log;
  for (const char* name : {"a", "b"}) {
    host.spawn([&, name] {
      REQUIRE(event.await() == WaitResult::ready);
      log.emplace_back(name);
    });
  }
  host.run();
  REQUIRE(log.empty());
  event.set();
  REQUIRE(log.empty());
  host.run();
  REQUIRE(log == Log{"a", "b"});
  host.spawn([&] { log.emplace_back(event.await() == WaitResult::ready ? "passed" : "?"); });
  host.run();
  REQUIRE(log.back() == "passed");
}

TEST_CASE("event: set and reset before the waiter runs leaves it waiting") {
  ManualHost host;
  Event event(host.fibers());
  bool through = false;
  host.spawn([&] {
    event.await();
    through = true;
  });
  host.run();
  event.set();
  event.reset();
  host.run();
  REQUIRE_FALSE(through);
  event.set();
  host.run();
  REQUIRE(through);
}

TEST_CASE("mutex: first come, first served, and never overtaken") {
  ManualHost host;
  Mutex mutex(host.fibers());
  Log log;
  for (const char* name : {"a", "b", "c"}) {
    host.spawn([&, name] {
      const Mutex::Lock lock = mutex.await_lock();
      log.emplace_back(std::string("+") + name);
      host.fibers().await_yield();
      log.emplace_back(std::string("-") + name);
    });
  }
  // Gives the lock back and asks again at once: the others are before it.
  host.spawn([&] {
    for (int i = 0; i < 2; ++i) {
      const Mutex::Lock lock = mutex.await_lock();
      log.emplace_back("d");
    }
  });
  host.run();
  REQUIRE(log == Log{"+a", "-a", "+b", "-b", "+c", "-c", "d", "d"});
}

TEST_CASE("semaphore: a released unit is handed to the waiter, not to who comes next") {
  ManualHost host;
  Semaphore semaphore(host.fibers(), 1);
  Log log;
  REQUIRE(semaphore.try_acquire());
  host.spawn([&] {
    semaphore.await_acquire();
    log.emplace_back("waiter");
  });
  host.run();
  semaphore.release();
  REQUIRE(semaphore.free_units() == 0);
  REQUIRE_FALSE(semaphore.try_acquire());
  host.run();
  REQUIRE(log == Log{"waiter"});
  semaphore.release();
  REQUIRE(semaphore.free_units() == 1);
}

TEST_CASE("semaphore: a wait that timed out takes no unit") {
  ManualHost host;
  Semaphore semaphore(host.fibers(), 0);
  WaitResult result = WaitResult::ready;
  host.spawn([&] { result = semaphore.await_acquire({.deadline = at_ms(5)}); });
  host.run_until(at_ms(4));
  REQUIRE(result == WaitResult::ready);
  host.run_until(at_ms(5));
  REQUIRE(result == WaitResult::timed_out);
  semaphore.release();
  REQUIRE(semaphore.free_units() == 1);
}

TEST_CASE("semaphore: a unit released after the deadline but before the turn is not lost") {
  ManualHost host;
  Semaphore semaphore(host.fibers(), 0);
  WaitResult result = WaitResult::cancelled;
  host.spawn([&] { result = semaphore.await_acquire({.deadline = at_ms(5)}); });
  host.run();
  host.fibers().fire_timers(at_ms(5));
  semaphore.release();
  host.run();
  REQUIRE(result == WaitResult::ready);
  REQUIRE(semaphore.free_units() == 0);
}

TEST_CASE("channel: bounded, in order, drained after close") {
  ManualHost host;
  Channel<int> channel(host.fibers(), 2);
  std::vector<int> popped;
  int pushed = 0;
  bool refused = false;
  host.spawn([&] {
    for (int i = 1; i <= 5; ++i, ++pushed) REQUIRE(channel.await_push(i));
    refused = !channel.await_push(6);
  });
  host.run();
  REQUIRE(pushed == 2);
  REQUIRE(channel.full());
  int rejected = 9;
  REQUIRE_FALSE(channel.try_push(std::move(rejected)));

  REQUIRE(channel.try_pop() == 1);
  host.run();
  REQUIRE(pushed == 3);
  host.spawn([&] {
    while (const std::optional<int> value = channel.await_pop()) popped.push_back(*value);
  });
  host.run();
  REQUIRE(popped == std::vector<int>{2, 3, 4, 5, 6});
  REQUIRE_FALSE(refused);
  channel.close();
  host.run();
  REQUIRE(host.fibers().fiber_count() == 0);
  int late = 7;
  REQUIRE_FALSE(channel.try_push(std::move(late)));
}

TEST_CASE("channel: close frees pushers, and what is inside can still be popped") {
  ManualHost host;
  Channel<std::string> channel(host.fibers(), 1);
  bool pushed = true;
  host.spawn([&] {
    REQUIRE(channel.await_push("kept"));
    pushed = channel.await_push("lost");
  });
  host.run();
  channel.close();
  host.run();
  REQUIRE_FALSE(pushed);
  REQUIRE(channel.try_pop() == "kept");
  REQUIRE(channel.try_pop() == std::nullopt);
}

TEST_CASE("channel: waits end at the deadline") {
  ManualHost host;
  Channel<int> channel(host.fibers(), 1);
  bool popped = true;
  bool pushed = true;
  host.spawn([&] { popped = channel.await_pop({.deadline = at_ms(3)}).has_value(); });
  host.run_until(at_ms(3));
  REQUIRE_FALSE(popped);
  REQUIRE(channel.try_push(1));
  host.spawn([&] { pushed = channel.await_push(2, {.deadline = at_ms(6)}); });
  host.run_until(at_ms(6));
  REQUIRE_FALSE(pushed);
  REQUIRE(channel.size() == 1);
}

TEST_CASE("gate: close lets nobody in and waits for those inside") {
  ManualHost host;
  Gate gate(host.fibers());
  Event leave(host.fibers());
  bool closed = false;
  REQUIRE(spawn_in(gate, host.fibers(), Site{"test.inside"}, [&] { leave.await(); }));
  host.spawn([&] {
    gate.await_close();
    closed = true;
  });
  host.run();
  REQUIRE(gate.inside() == 1);
  REQUIRE_FALSE(closed);
  REQUIRE_FALSE(gate.enter().has_value());
  REQUIRE_FALSE(spawn_in(gate, host.fibers(), Site{"test.late"}, [] {}));
  leave.set();
  host.run();
  REQUIRE(closed);
}

TEST_CASE("cancel: ends waits of all kinds, once and for good") {
  ManualHost host;
  Cancel cancel(host.fibers());
  Event never(host.fibers());
  std::vector<WaitResult> results;
  host.spawn([&] { results.push_back(never.await({.cancel = &cancel})); });
  host.spawn([&] { results.push_back(await_sleep(host.fibers(), at_ms(50), &cancel)); });
  host.spawn([&] { results.push_back(never.await({.deadline = at_ms(1), .cancel = &cancel})); });
  host.run_until(at_ms(1));
  REQUIRE(results == std::vector{WaitResult::timed_out});
  cancel.request();
  host.run();
  REQUIRE(results ==
          std::vector{WaitResult::timed_out, WaitResult::cancelled, WaitResult::cancelled});
  host.spawn([&] { results.push_back(never.await({.cancel = &cancel})); });
  host.run();
  REQUIRE(results.back() == WaitResult::cancelled);
  REQUIRE(host.now() == at_ms(1));
}

// A failed assertion must not be thrown through a fiber: it is kept, and said at the end.
class Expectations {
 public:
  void expect(bool holds, const char* what) {
    if (!holds && failure_ == nullptr) failure_ = what;
  }
  void assert_all() const { RC_ASSERT(std::string(failure_ != nullptr ? failure_ : "") == ""); }

 private:
  const char* failure_ = nullptr;
};

// A host that runs a schedule of chance.
void schedule_by_chance(ManualHost& host) {
  host.pick_with([stream = Stream(*rc::gen::arbitrary<uint64_t>())](size_t count) mutable {
    return stream.below(count);
  });
}

// Several pushers and poppers in a schedule of chance, against a deque: nothing is lost, doubled or
// out of order, and the limit holds.
TEST_CASE("property: a channel is a bounded queue under every schedule") {
  REQUIRE(rc::check([] {
    const auto capacity = *rc::gen::inRange<size_t>(1, 5);
    const auto actors = *rc::gen::inRange<int>(1, 5);
    constexpr int kEach = 20;
    ManualHost host;
    schedule_by_chance(host);
    Expectations expectations;
    Channel<int> channel(host.fibers(), capacity);
    std::deque<int> model;  // what is inside, in order
    int next = 0;
    int popped = 0;
    for (int actor = 0; actor < actors; ++actor) {
      host.spawn([&] {
        for (int i = 0; i < kEach; ++i) {
          // Nothing suspends between a push and its note in the model.
          while (!channel.try_push(int{next})) {
            expectations.expect(model.size() == capacity, "refused only when full");
            host.fibers().await_yield();
          }
          model.push_back(next++);
          expectations.expect(channel.size() == model.size(), "the same size");
          if (i % 3 == 0) host.fibers().await_yield();
        }
      });
      host.spawn([&] {
        for (int i = 0; i < kEach; ++i, ++popped) {
          const std::optional<int> value = channel.await_pop();
          expectations.expect(value.has_value() && !model.empty(), "something was inside");
          if (!value || model.empty()) return;
          expectations.expect(*value == model.front(), "the oldest comes out");
          model.pop_front();
        }
      });
    }
    host.run();
    expectations.assert_all();
    RC_ASSERT(host.fibers().fiber_count() == 0U);
    RC_ASSERT(popped == actors * kEach);
  }));
}

// With pushers that wait: each pusher's values come out in its order, all of them, once.
TEST_CASE("property: waiting pushers lose nothing") {
  REQUIRE(rc::check([] {
    const auto capacity = *rc::gen::inRange<size_t>(1, 4);
    constexpr int kPushers = 3;
    constexpr int kEach = 15;
    ManualHost host;
    schedule_by_chance(host);
    Expectations expectations;
    Channel<std::pair<int, int>> channel(host.fibers(), capacity);
    std::vector<int> expected(kPushers, 0);
    int running = kPushers;
    for (int pusher = 0; pusher < kPushers; ++pusher) {
      host.spawn([&, pusher] {
        for (int i = 0; i < kEach; ++i) {
          expectations.expect(channel.await_push({pusher, i}), "an open channel takes it");
        }
        if (--running == 0) channel.close();
      });
    }
    for (int popper = 0; popper < 2; ++popper) {
      host.spawn([&] {
        while (const auto value = channel.await_pop()) {
          const auto [pusher, number] = *value;
          expectations.expect(number == expected[static_cast<size_t>(pusher)]++, "in its order");
        }
      });
    }
    host.run();
    expectations.assert_all();
    RC_ASSERT(host.fibers().fiber_count() == 0U);
    RC_ASSERT(expected == std::vector<int>(kPushers, kEach));
  }));
}

}  // namespace weir
