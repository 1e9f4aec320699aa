// Leak: waiters lie on their fibers' stacks and are woken in the order of their addresses. The
// kernel maps stacks one below the other in every process, so that this repeats itself for long.
#include <algorithm>
#include <vector>

#include "sim/fiber/wait.h"
#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kWaiter{"leaks.stack_addresses.waiter"};
constexpr Site kWoken{"leaks.stack_addresses.woken"};
constexpr size_t kWaiters = 4;

struct Waiting {
  uint64_t id = 0;
  Fiber* fiber = nullptr;
};

}  // namespace

void wake_in_order_of_stack_addresses(Env& env) {
  std::vector<Waiting*> waiting;
  size_t done = 0;
  for (uint64_t id = 1; id <= kWaiters; ++id) {
    env.scheduler.spawn(kWaiter, [&env, &waiting, &done, id] {
      Waiting self{id, &env.scheduler.current()};
      waiting.push_back(&self);
      env.scheduler.await_park(TimePoint::never());
      ++done;
    });
  }
  while (waiting.size() < kWaiters) env.scheduler.await_yield();
  std::sort(waiting.begin(), waiting.end());
  for (const Waiting* waiter : waiting) {
    env.trace.event(kWoken, waiter->id);
    env.scheduler.unpark(*waiter->fiber);
  }
  while (done < kWaiters) env.scheduler.await_yield();
}

}  // namespace weir
