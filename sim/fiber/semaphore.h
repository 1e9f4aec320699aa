// Semaphore and Mutex: units that are handed on, first come first served.
//
// A released unit goes to the longest waiter at once and is never free in between, so that nobody
// overtakes. Units and the lock are RAII values.
#pragma once

#include <cstdint>
#include <utility>

#include "sim/fiber/wait.h"

namespace weir {

class Semaphore {
 public:
  Semaphore(Scheduler& scheduler, uint64_t units) : free_(units), waiters_(scheduler) {}
  bool try_acquire() {
    if (free_ == 0) return false;
    --free_;
    return true;
  }
  WaitResult await_acquire(const WaitLimit& limit = {}) {
    if (waiters_.empty() && try_acquire()) return WaitResult::ready;
    return waiters_.await(limit);
  }
  void release() {
    if (!waiters_.wake_one()) ++free_;
  }
  [[nodiscard]] uint64_t free_units() const { return free_; }

 private:
  uint64_t free_;
  WaitList waiters_;
};

class Mutex {
 public:
  explicit Mutex(Scheduler& scheduler) : semaphore_(scheduler, 1) {}
  class [[nodiscard]] Lock {
   public:
    explicit Lock(Mutex* mutex) : mutex_(mutex) {}
    Lock(Lock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
      if (mutex_ != nullptr) mutex_->semaphore_.release();
    }

   private:
    Mutex* mutex_;
  };
  Lock await_lock() {
    const WaitResult result = semaphore_.await_acquire();
    CHECK(result == WaitResult::ready);
    return Lock(this);
  }

 private:
  Semaphore semaphore_;
};

}  // namespace weir
