#include "broker/purgatory/timer.h"

namespace weir {

TimingWheel::Added Timer::add(TimerTask& task, TimePoint deadline) {
  const TimingWheel::Added added = wheel_.add(task, deadline);
  if (added == TimingWheel::Added::waits && *wheel_.next_due() < sleeps_until_) changed_.wake_all();
  return added;
}

void Timer::cancel(TimerTask& task) {
  wheel_.cancel(task);
  task.unlink();  // from those that are due
}

void Timer::close() {
  closed_ = true;
  changed_.wake_all();
}

void Timer::await_run() {
  while (!closed_) {
    wheel_.advance(clock_.now(), due_);
    while (!due_.empty()) static_cast<TimerTask&>(due_.pop_front()).on_due();
    sleeps_until_ = wheel_.next_due().value_or(TimePoint::never());
    if (sleeps_until_ <= clock_.now()) continue;
    changed_.await({.deadline = sleeps_until_});
  }
}

}  // namespace weir
