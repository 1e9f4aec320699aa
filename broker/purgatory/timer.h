// Timer: the wheel with a clock: one fiber a shard that sleeps until the next bucket is due.
//
// A task that is due is called from that fiber and must not suspend: it would keep all others waiting.
// What takes longer goes to a queue of its own.
#pragma once

#include "broker/purgatory/timing_wheel.h"
#include "sim/env/clock.h"
#include "sim/fiber/wait.h"

namespace weir {

class TimerTask : public TimerEntry {
 public:
  virtual ~TimerTask() = default;
  // Its deadline has come. It is off the timer by then and may be added again.
  virtual void on_due() = 0;
};

class Timer {
 public:
  Timer(Clock& clock, Scheduler& scheduler, Buggify& buggify,
        const TimingWheelOptions& options = {})
      : clock_(clock), wheel_(options, clock.now(), buggify), changed_(scheduler) {}

  // A task that is due already, or too many, is not kept: `on_due` is not called.
  TimingWheel::Added add(TimerTask& task, TimePoint deadline);
  void cancel(TimerTask& task);
  // The fiber: returns after close(), and calls nobody any more.
  void await_run();
  void close();
  [[nodiscard]] size_t size() const { return wheel_.size(); }

 private:
  Clock& clock_;
  TimingWheel wheel_;
  TimingWheel::Entries due_;  // off the wheel, not called yet
  WaitList changed_;
  TimePoint sleeps_until_ = TimePoint::never();
  bool closed_ = false;
};

}  // namespace weir
