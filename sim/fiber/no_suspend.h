// NoSuspend: a scope in which suspending is a bug.
//
// Put it around a read-modify-write of state that other fibers of the shard see: the CHECK fires at
// the await_ that someone adds to it later.
#pragma once

#include "sim/env/scheduler.h"

namespace weir {

class NoSuspend {
 public:
  explicit NoSuspend(Scheduler& scheduler) : scheduler_(scheduler) { scheduler_.enter_no_suspend(); }
  ~NoSuspend() { scheduler_.leave_no_suspend(); }
  NoSuspend(const NoSuspend&) = delete;
  NoSuspend& operator=(const NoSuspend&) = delete;

 private:
  Scheduler& scheduler_;
};

}  // namespace weir
