// The loop itself: turns, deadlines, killing, exceptions across switches, stacks.
#include "tests/support/test_pch.h"

#include <stdexcept>

#include "sim/base/stream.h"
#include "sim/fiber/channel.h"
#include "sim/fiber/event.h"
#include "sim/fiber/semaphore.h"
#include "tests/sim/manual_host.h"

namespace weir {
namespace {

using Log = std::vector<std::string>;

// Says when it goes.
class Noisy {
 public:
  Noisy(Log& log, std::string name) : log_(log), name_(std::move(name)) {}
  Noisy(const Noisy&) = delete;
  Noisy& operator=(const Noisy&) = delete;
  ~Noisy() { log_.push_back(name_); }

 private:
  Log& log_;
  std::string name_;
};

// Touches the stack `frames` deep, a kibibyte a frame. The frame's address escapes and it is looked
// at after the call, so that no optimiser makes it smaller or a loop of the recursion.
[[gnu::noinline]] size_t dig(size_t frames) {
  char page[1024];
  for (char& byte : page) byte = static_cast<char>(frames);
  asm volatile("" : : "r"(page) : "memory");
  const size_t below = frames == 0 ? 0 : dig(frames - 1);
  return below + static_cast<size_t>(page[0] != 0);
}

}  // namespace

TEST_CASE("run loop: fibers run in the order they were spawned, and spawn does not run them") {
  ManualHost host;
  Log log;
  host.spawn([&] {
    log.emplace_back("a1");
    host.spawn([&] { log.emplace_back("child"); });
    log.emplace_back("a2");
  });
  host.spawn([&] { log.emplace_back("b"); });
  REQUIRE(log.empty());
  host.run();
  REQUIRE(log == Log{"a1", "a2", "b", "child"});
  REQUIRE_FALSE(host.fibers().run_one());
}

TEST_CASE("run loop: the host picks among the ready") {
  ManualHost host;
  host.pick_with([](size_t count) { return count - 1; });
  Log log;
  for (const char* name : {"a", "b", "c"}) host.spawn([&, name] { log.emplace_back(name); });
  host.run();
  REQUIRE(log == Log{"c", "b", "a"});
}

TEST_CASE("run loop: the host sees who is ready, the longest ready first") {
  ManualHost host;
  std::vector<std::vector<uint64_t>> seen;
  host.pick_with([&](size_t count) {
    std::vector<uint64_t>& ids = seen.emplace_back();
    for (size_t i = 0; i < count; ++i) ids.push_back(host.fibers().ready(i).id);
    return count - 1;
  });
  host.spawn([&] { host.fibers().await_yield(); });
  host.spawn([] {});
  host.spawn([&] { host.fibers().await_yield(); });
  host.run();
  REQUIRE(seen == std::vector<std::vector<uint64_t>>{{1, 2, 3}, {1, 2, 3}, {1, 2}});
}

TEST_CASE("run loop: deadlines fire by time, equal ones by the age of the fiber") {
  ManualHost host;
  Log log;
  const auto sleeper = [&](std::string name, int64_t ms) {
    host.spawn([&, name, ms] {
      REQUIRE(await_sleep(host.fibers(), at_ms(ms)) == WaitResult::timed_out);
      REQUIRE(host.now() == at_ms(ms));
      log.push_back(name);
    });
  };
  sleeper("late", 9);
  sleeper("first of three", 5);
  sleeper("second of three", 5);
  sleeper("early", 1);
  sleeper("third of three", 5);
  host.run();
  REQUIRE(host.fibers().next_deadline() == at_ms(1));
  host.run_until(at_ms(20));
  REQUIRE(log == Log{"early", "first of three", "second of three", "third of three", "late"});
  REQUIRE(host.fibers().next_deadline() == TimePoint::never());
}

TEST_CASE("run loop: unpark wins over a deadline that fired in the same round") {
  ManualHost host;
  Fiber* fiber = nullptr;
  Wake wake = Wake::timed_out;
  host.spawn([&] {
    fiber = &host.fibers().current();
    wake = host.fibers().await_park(at_ms(5));
  });
  host.run();
  host.fibers().fire_timers(at_ms(5));
  host.fibers().unpark(*fiber);
  host.run();
  REQUIRE(wake == Wake::notified);
}

TEST_CASE("run loop: thousands of timers, also cancelled ones, fire in order") {
  ManualHost host;
  Stream stream(7);
  TimePoint last;
  int fired = 0;
  Cancel cancel(host.fibers());
  for (int i = 0; i < 3000; ++i) {
    const TimePoint until = at_ms(static_cast<int64_t>(stream.below(500)) + 10);
    Cancel* const by = i % 3 == 0 ? &cancel : nullptr;
    host.spawn([&, until, by] {
      if (await_sleep(host.fibers(), until, by) == WaitResult::cancelled) return;
      REQUIRE(host.now() >= last);
      last = host.now();
      ++fired;
    });
  }
  host.run();
  cancel.request();
  host.run_until(at_ms(1000));
  REQUIRE(fired == 2000);
}

TEST_CASE("kill: youngest first, running destructors") {
  ManualHost host;
  Log log;
  Event never(host.fibers());
  for (const char* name : {"oldest", "middle", "youngest"}) {
    host.spawn([&, name] {
      const Noisy outer(log, std::string(name) + " outer");
      const Noisy inner(log, std::string(name) + " inner");
      never.await();
      log.emplace_back("not reached");
    });
  }
  host.run();
  host.fibers().kill_all();
  REQUIRE(log == Log{"youngest inner", "youngest outer", "middle inner", "middle outer",
                     "oldest inner", "oldest outer"});
  REQUIRE(host.fibers().fiber_count() == 0);
  REQUIRE(host.stacks().in_use() == 0);
}

TEST_CASE("kill: a fiber that never ran only loses its closure") {
  ManualHost host;
  Log log;
  host.spawn([&log, owned = std::make_unique<Noisy>(log, "closure")] {
    log.emplace_back("not reached");
  });
  host.fibers().kill_all();
  REQUIRE(log == Log{"closure"});
  REQUIRE(host.stacks().mapped() == 0);
}

TEST_CASE("kill: ready fibers and sleeping ones, and the queue goes on for the rest") {
  ManualHost host;
  Log log;
  Event event(host.fibers());
  host.spawn([&] {
    event.await();
    log.emplace_back("survivor");
  });
  host.spawn([&] { await_sleep(host.fibers(), at_ms(5)); });
  host.spawn([&] { event.await(); });
  host.run();
  event.set();
  host.fibers().kill_youngest();
  host.fibers().kill_youngest();
  REQUIRE(host.fibers().next_deadline() == TimePoint::never());
  host.run();
  REQUIRE(log == Log{"survivor"});
}

TEST_CASE("kill: a dying fiber wakes others, which die in their turn") {
  ManualHost host;
  Mutex mutex(host.fibers());
  Event never(host.fibers());
  Log log;
  host.spawn([&] {
    const Mutex::Lock lock = mutex.await_lock();
    const Noisy noisy(log, "waiter");
    never.await();
  });
  host.spawn([&] {
    const Mutex::Lock lock = mutex.await_lock();
    log.emplace_back("not reached");
  });
  host.run();
  host.fibers().kill_all();
  REQUIRE(log == Log{"waiter"});
}

TEST_CASE("kill: at every suspension point of a small program nothing is left") {
  const auto steps_until_dead = [](int kill_after) {
    ManualHost host;
    auto counted = std::make_shared<int>(0);
    {
      Channel<std::shared_ptr<int>> channel(host.fibers(), 1);
      Mutex mutex(host.fibers());
      for (int i = 0; i < 3; ++i) {
        host.spawn([&, counted] {
          for (int round = 0; round < 3; ++round) {
            const Mutex::Lock lock = mutex.await_lock();
            await_sleep(host.fibers(), host.now() + milliseconds(1));
            channel.await_push(counted);
          }
        });
        host.spawn([&] {
          for (int round = 0; round < 3; ++round) channel.await_pop();
        });
      }
      int turns = 0;
      while (host.fibers().fiber_count() > 0 && turns++ < kill_after) {
        if (!host.fibers().run_one()) host.run_until(host.fibers().next_deadline());
      }
      host.fibers().kill_all();
    }
    REQUIRE(counted.use_count() == 1);
    REQUIRE(host.stacks().in_use() == 0);
    return host.fibers().fiber_count();
  };
  for (int kill_after = 0; kill_after < 80; ++kill_after) steps_until_dead(kill_after);
}

TEST_CASE("exceptions: one that is being handled belongs to its fiber") {
  ManualHost host;
  Log log;
  host.spawn([&] {
    try {
      throw std::runtime_error("first");
    } catch (const std::runtime_error&) {
      host.fibers().await_yield();  // meanwhile the other throws, catches and suspends
      try {
        throw;
      } catch (const std::runtime_error& again) {
        log.emplace_back(again.what());
      }
    }
  });
  host.spawn([&] {
    try {
      throw std::logic_error("second");
    } catch (const std::logic_error&) {
      host.fibers().await_yield();
      try {
        throw;
      } catch (const std::logic_error& again) {
        log.emplace_back(again.what());
      }
    }
  });
  host.run();
  REQUIRE(log == Log{"first", "second"});
}

TEST_CASE("exceptions: a fiber ends inside another one's catch block") {
  ManualHost host;
  Event event(host.fibers());
  Log log;
  host.spawn([&] {
    try {
      throw std::runtime_error("kept");
    } catch (const std::runtime_error& kept) {
      event.await();
      REQUIRE(std::uncaught_exceptions() == 0);
      log.emplace_back(kept.what());
    }
    REQUIRE(std::current_exception() == nullptr);
  });
  host.spawn([&] {
    REQUIRE(std::current_exception() == nullptr);
    try {
      throw std::runtime_error("other");
    } catch (const std::runtime_error& other) {
      log.emplace_back(other.what());
    }
    event.set();
  });
  host.run();
  REQUIRE(log == Log{"other", "kept"});
  REQUIRE(std::current_exception() == nullptr);
}

TEST_CASE("exceptions: killed inside a catch block, the handled exception is freed") {
  ManualHost host;
  auto marker = std::make_shared<int>(1);
  Event never(host.fibers());
  host.spawn([&never, marker] {
    try {
      throw marker;
    } catch (const std::shared_ptr<int>&) {
      never.await();
    }
  });
  host.run();
  REQUIRE(marker.use_count() > 1);
  host.fibers().kill_all();
  REQUIRE(marker.use_count() == 1);
}

TEST_CASE("stacks: deep use shows in the high water mark, and stacks are reused") {
  ManualHost host;
  const auto run_at_depth = [&](size_t frames) {
    host.spawn([frames] { dig(frames); });
    host.run();
    return host.stacks().high_water_bytes();
  };
  const size_t shallow = run_at_depth(1);
  REQUIRE(shallow >= 4096);
  const size_t deep = run_at_depth(60);
  REQUIRE(deep >= shallow + 32 * 1024);
  REQUIRE(deep <= StackPool::kStackBytes);
  REQUIRE(run_at_depth(1) == deep);
  REQUIRE(host.stacks().mapped() == 1);

  Event event(host.fibers());
  for (int i = 0; i < 10; ++i) host.spawn([&] { event.await(); });
  host.run();
  REQUIRE(host.stacks().in_use() == 10);
  event.set();
  host.run();
  REQUIRE(host.stacks().in_use() == 0);
  REQUIRE(host.stacks().mapped() == 10);
}

TEST_CASE("run loop: half a million short fibers leave nothing behind") {
  ManualHost host;
  size_t ended = 0;
  for (int i = 0; i < 500'000; ++i) {
    host.spawn([&] { ++ended; });
    if (i % 100 == 0) host.run();
  }
  host.run();
  REQUIRE(ended == 500'000);
  REQUIRE(host.stacks().mapped() == 1);
}

}  // namespace weir
