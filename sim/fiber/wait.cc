#include "sim/fiber/wait.h"

namespace weir {

WaitResult WaitList::await(const WaitLimit& limit) {
  if (limit.cancel != nullptr && limit.cancel->requested()) return WaitResult::cancelled;
  Fiber& fiber = scheduler_.current();
  Waiter waiter(fiber);
  waiters_.push_back(waiter);
  Waiter cancel_waiter(fiber);
  if (limit.cancel != nullptr) limit.cancel->waiting_.waiters_.push_back(cancel_waiter);
  const Wake wake = scheduler_.await_park(limit.deadline);
  // wake_one took the node out of the list: that, and not the kind of wake-up, says it was our turn.
  if (!waiter.linked()) return WaitResult::ready;
  if (wake == Wake::timed_out) return WaitResult::timed_out;
  CHECK_MSG(limit.cancel != nullptr && limit.cancel->requested(), "woken by nobody");
  return WaitResult::cancelled;
}

bool WaitList::wake_one() {
  if (waiters_.empty()) return false;
  scheduler_.unpark(waiters_.pop_front().fiber);
  return true;
}

void WaitList::wake_all() {
  while (wake_one()) {
  }
}

void Cancel::request() {
  requested_ = true;
  waiting_.wake_all();
}

WaitResult await_sleep(Scheduler& scheduler, TimePoint until, Cancel* cancel) {
  WaitList nobody(scheduler);
  return nobody.await({.deadline = until, .cancel = cancel});
}

}  // namespace weir
