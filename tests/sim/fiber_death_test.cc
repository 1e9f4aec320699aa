// Bugs that must stop the process: each runs in a child, which must end by SIGABRT.
#include "tests/support/test_pch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/fiber/gate.h"
#include "sim/fiber/no_suspend.h"
#include "tests/sim/manual_host.h"

namespace weir {
namespace {

// The signal that ended a child which runs `body`, or its exit status below 0.
template <class Body>
int signal_of(Body body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // The child's own death is the result: no message, and not Catch's handler.
    signal(SIGABRT, SIG_DFL);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    body();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

// Runs `body` as a fiber, then kills what is left.
template <class Body>
int signal_of_fiber(Body body) {
  return signal_of([&] {
    ManualHost host;
    host.spawn([&] { body(host); });
    host.run();
    host.fibers().kill_all();
  });
}

// Recursion without an end that no optimiser turns into a loop.
[[gnu::noinline]] int endless(int depth) {
  char page[512];
  page[0] = static_cast<char>(depth);
  asm volatile("" : : "r"(page) : "memory");
  const int below = depth == 0 ? 0 : endless(depth + 1);
  return below + page[0];
}

// Wait when they are destroyed.
struct WaitsInDestructor {
  RunLoop& fibers;
  ~WaitsInDestructor() noexcept(false) { fibers.await_yield(); }
};
struct ParksInDestructor {
  RunLoop& fibers;
  ~ParksInDestructor() noexcept(false) { fibers.await_park(at_ms(1)); }
};

}  // namespace

TEST_CASE("death: a fiber that only runs does not abort") {
  REQUIRE(signal_of_fiber([](ManualHost& host) {
            const NoSuspend scope(host.fibers());
          }) == 0);
}

TEST_CASE("death: suspending inside a NoSuspend scope") {
  REQUIRE(signal_of_fiber([](ManualHost& host) {
            const NoSuspend scope(host.fibers());
            host.fibers().await_park(TimePoint::never());
          }) == SIGABRT);
  REQUIRE(signal_of_fiber([](ManualHost& host) {
            const NoSuspend scope(host.fibers());
            host.fibers().await_yield();
          }) == SIGABRT);
}

TEST_CASE("death: suspending while dying") {
  REQUIRE(signal_of_fiber([](ManualHost& host) {
            const WaitsInDestructor waits{host.fibers()};
            host.fibers().await_park(TimePoint::never());
          }) == SIGABRT);
  REQUIRE(signal_of_fiber([](ManualHost& host) {
            const ParksInDestructor parks{host.fibers()};
            host.fibers().await_park(TimePoint::never());
          }) == SIGABRT);
}

TEST_CASE("death: suspending in a destructor while an exception unwinds") {
  const auto throwing = [](auto waits) {
    return [waits](ManualHost& host) {
      try {
        const auto local = waits(host);
        throw 1;
      } catch (int) {
      }
    };
  };
  REQUIRE(signal_of_fiber(throwing([](ManualHost& host) {
            return ParksInDestructor{host.fibers()};
          })) == SIGABRT);
  REQUIRE(signal_of_fiber(throwing([](ManualHost& host) {
            return WaitsInDestructor{host.fibers()};
          })) == SIGABRT);
}

TEST_CASE("death: waiting outside a fiber") {
  REQUIRE(signal_of([] {
            ManualHost host;
            host.fibers().await_park(TimePoint::never());
          }) == SIGABRT);
}

TEST_CASE("death: a fiber outlives its loop") {
  REQUIRE(signal_of([] {
            ManualHost host;
            host.spawn([] {});
          }) == SIGABRT);
}

TEST_CASE("death: a gate destroyed with someone inside") {
  REQUIRE(signal_of([] {
            ManualHost host;
            std::optional<Gate> gate(std::in_place, host.fibers());
            const std::optional<Gate::Pass> pass = gate->enter();
            gate.reset();
          }) == SIGABRT);
}

TEST_CASE("death: Killed thrown by hand") {
  REQUIRE(signal_of_fiber([](ManualHost&) { throw Killed{}; }) == SIGABRT);
}

#ifndef WEIR_TSAN  // which needs mappings of its own for each stack, and runs out of them first
TEST_CASE("death: more stacks than the pool may have") {
  REQUIRE(signal_of([] {
            StackPool pool;
            for (size_t i = 0; i <= StackPool::kMaxStacks; ++i) pool.take();
          }) == SIGABRT);
  // And the limit itself is within what the kernel maps.
  REQUIRE(signal_of([] {
            StackPool pool;
            std::vector<boost::context::stack_context> stacks;
            for (size_t i = 0; i < StackPool::kMaxStacks; ++i) stacks.push_back(pool.take());
            for (const auto& stack : stacks) pool.give_back(stack);
          }) == 0);
}
#endif

TEST_CASE("death: a stack overflow is a fault, not a corruption") {
  REQUIRE(signal_of_fiber([](ManualHost& host) {
            signal(SIGSEGV, SIG_DFL);
            (void)host;
            endless(1);
          }) == SIGSEGV);
}

}  // namespace weir
