// PeriodicJobs: work that comes back, as Kafka's scheduler runs it: each job in a fiber of its own.
//
// A job that takes longer than its period starts late, never twice. `await_close` ends the waiting
// ones at once and waits for those that run.
#pragma once

#include "sim/env/clock.h"
#include "sim/fiber/gate.h"

namespace weir {

class PeriodicJobs {
 public:
  PeriodicJobs(Clock& clock, Scheduler& scheduler)
      : clock_(clock), scheduler_(scheduler), stop_(scheduler), running_(scheduler) {}

  // `job` may suspend. First after `delay`, then every `period` from the end of the last one on.
  template <class Job>
  void start(const Site& name, Duration delay, Duration period, Job job) {
    spawn_in(running_, scheduler_, name, [this, delay, period, job = std::move(job)]() mutable {
      for (Duration wait = delay;; wait = period) {
        await_sleep(scheduler_, clock_.now() + wait, &stop_);
        if (stop_.requested()) return;
        job();
      }
    });
  }
  void await_close() {
    stop_.request();
    running_.await_close();
  }

 private:
  Clock& clock_;
  Scheduler& scheduler_;
  Cancel stop_;
  Gate running_;
};

}  // namespace weir
