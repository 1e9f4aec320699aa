// Event: a flag that fibers can wait for.
#pragma once

#include "sim/fiber/wait.h"

namespace weir {

class Event {
 public:
  explicit Event(Scheduler& scheduler) : waiters_(scheduler) {}
  void set() {
    set_ = true;
    waiters_.wake_all();
  }
  void reset() { set_ = false; }
  [[nodiscard]] bool is_set() const { return set_; }
  WaitResult await(const WaitLimit& limit = {}) {
    while (!set_) {
      const WaitResult result = waiters_.await(limit);
      if (result != WaitResult::ready) return result;
    }
    return WaitResult::ready;
  }

 private:
  bool set_ = false;
  WaitList waiters_;
};

}  // namespace weir
