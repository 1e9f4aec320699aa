// RunLoop: the fibers of one shard, the same in both worlds.
//
// It owns the fibers, the queue of ready ones and their deadlines, and knows neither sockets nor
// where time comes from: a LoopHost (a thread with epoll, or a shard of a simulated node) asks it to
// run one fiber at a time and tells it how late it is. Not thread-safe: one thread, or none, is
// inside at any time.
//
//   host:  while (...) { loop.fire_timers(now); if (!loop.run_one()) wait until loop.next_deadline() }
#pragma once

#include <memory>
#include <vector>

#include "sim/base/check.h"
#include "sim/env/scheduler.h"
#include "sim/fiber/fiber.h"
#include "sim/fiber/stack_pool.h"
#include "sim/fiber/timer_heap.h"

namespace weir {

class LoopHost {
 public:
  virtual ~LoopHost() = default;
  // Ids ascend over all shards of a process: killing goes by them.
  virtual uint64_t next_fiber_id() = 0;
  // Which of `count` ready fibers (oldest first) runs next.
  virtual size_t pick_ready(size_t /*count*/) { return 0; }
  // The ready queue was empty and is not any more.
  virtual void on_runnable() {}
  // `fiber` gets a turn now.
  virtual void on_turn(const Fiber& /*fiber*/) {}
  // `fiber` is about to suspend (for tests that kill at each suspension point).
  virtual void on_suspend(const Fiber& /*fiber*/) {}
  // A deadline became the earliest.
  virtual void on_earliest_deadline(TimePoint /*deadline*/) {}
  virtual void charge(Work /*work*/, uint64_t /*amount*/) {}
};

class RunLoop final : public Scheduler {
 public:
  RunLoop(LoopHost& host, StackPool& stacks);
  RunLoop(const RunLoop&) = delete;
  RunLoop& operator=(const RunLoop&) = delete;
  ~RunLoop() override;  // CHECKs that no fiber is left: kill or drain before

  // --- for fibers -----------------------------------------------------------------------------
  void spawn(const Site& name, UniqueFunction<void()> body) override;
  Fiber& current() override;
  Wake await_park(TimePoint deadline) override;
  void unpark(Fiber& fiber) override;
  void await_yield() override;
  void charge(Work work, uint64_t amount) override { host_.charge(work, amount); }
  void enter_no_suspend() override { ++current().no_suspend_depth; }
  void leave_no_suspend() override { --current().no_suspend_depth; }

  // --- for the host, never from inside a fiber -------------------------------------------------
  // Runs one ready fiber until it suspends or ends. False when none is ready.
  bool run_one();
  // Makes every fiber ready whose deadline is at or before `now`.
  void fire_timers(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const {
    return timers_.empty() ? TimePoint::never() : timers_.earliest().deadline;
  }
  [[nodiscard]] bool runnable() const { return ready_count_ > 0; }
  // For pick_ready: who is ready, the longest ready first.
  [[nodiscard]] const Fiber& ready(size_t index) const {
    CHECK(index < ready_count_);
    return *ready_[(ready_first_ + index) & (ready_.size() - 1)];
  }
  [[nodiscard]] size_t fiber_count() const { return fiber_count_; }

  // Id of the youngest fiber, 0 when there is none.
  [[nodiscard]] uint64_t youngest();
  // Ends the youngest fiber: its await_park throws Killed. A fiber that never ran only loses its
  // closure. While it unwinds it may wake others but not suspend.
  void kill_youngest();
  void kill_all() {
    while (fiber_count_ > 0) kill_youngest();
  }

 private:
  void give_turn(Fiber& fiber);
  void start(Fiber& fiber);
  void suspend(Fiber& fiber);
  void make_ready(Fiber& fiber, Wake wake);
  void forget(Fiber& fiber);
  Fiber& take_ready(size_t index);

  LoopHost& host_;
  StackPool& stacks_;
  IntrusiveList<Fiber, AllFibersTag> all_;  // oldest first; owns
  size_t fiber_count_ = 0;
  std::vector<Fiber*> ready_;  // ring, oldest first
  size_t ready_first_ = 0;
  size_t ready_count_ = 0;
  TimerHeap timers_;
  Fiber* current_ = nullptr;
  boost::context::fiber loop_context_;  // where give_turn waits while a fiber runs
  sanitizer::Side loop_side_;
};

}  // namespace weir
