// WaitList, WaitLimit, Cancel: what every waiting primitive is made of.
//
// A wait ends in one of three ways: what was waited for (ready), the deadline (timed_out), or the
// Cancel given with it (cancelled). A waiter's node lies on its fiber's stack and leaves the list by
// itself, also when the fiber is killed.
#pragma once

#include "sim/base/intrusive_list.h"
#include "sim/env/scheduler.h"

namespace weir {

enum class WaitResult : uint8_t { ready, timed_out, cancelled };

class Cancel;

struct WaitLimit {
  TimePoint deadline = TimePoint::never();
  Cancel* cancel = nullptr;
};

struct WaiterTag {};

struct Waiter : ListHook<WaiterTag> {
  explicit Waiter(Fiber& fiber_in) : fiber(fiber_in) {}
  Fiber& fiber;
};

// Fibers waiting for one thing, first come first served.
class WaitList {
 public:
  explicit WaitList(Scheduler& scheduler) : scheduler_(scheduler) {}
  // Suspends the current fiber until it is woken or the limit is reached.
  WaitResult await(const WaitLimit& limit);
  // Wakes the one that has waited longest. False when nobody waits.
  bool wake_one();
  void wake_all();
  [[nodiscard]] bool empty() const { return waiters_.empty(); }
  [[nodiscard]] Scheduler& scheduler() const { return scheduler_; }

 private:
  friend class Cancel;
  Scheduler& scheduler_;
  IntrusiveList<Waiter, WaiterTag> waiters_;
};

// Cancel: asks many waits to end early, once and for good.
class Cancel {
 public:
  explicit Cancel(Scheduler& scheduler) : waiting_(scheduler) {}
  void request();
  [[nodiscard]] bool requested() const { return requested_; }

 private:
  friend class WaitList;
  bool requested_ = false;
  WaitList waiting_;
};

// Suspends for `duration`; ends early when cancelled.
WaitResult await_sleep(Scheduler& scheduler, TimePoint until, Cancel* cancel = nullptr);

}  // namespace weir
