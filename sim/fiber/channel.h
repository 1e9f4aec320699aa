// Channel<T>: a bounded queue between fibers of one shard.
//
// A full channel makes the pusher wait; that is how load is passed back to where it comes from.
// After close() pushes fail, and pops drain what is left, then return nothing.
#pragma once

#include <optional>

#include "sim/base/ring.h"
#include "sim/fiber/wait.h"

namespace weir {

template <class T>
class Channel {
 public:
  Channel(Scheduler& scheduler, size_t capacity)
      : ring_(capacity), poppers_(scheduler), pushers_(scheduler) {}

  // False when closed. `value` is moved from only on success.
  bool try_push(T&& value) {
    if (closed_ || ring_.full()) return false;
    ring_.push(std::move(value));
    poppers_.wake_one();
    return true;
  }
  // False when closed or at the limit.
  bool await_push(T value, const WaitLimit& limit = {}) {
    while (!closed_ && ring_.full()) {
      if (pushers_.await(limit) != WaitResult::ready) return false;
    }
    return try_push(std::move(value));
  }
  // Nothing when closed and drained, or at the limit.
  std::optional<T> await_pop(const WaitLimit& limit = {}) {
    while (ring_.empty()) {
      if (closed_ || poppers_.await(limit) != WaitResult::ready) return std::nullopt;
    }
    return take();
  }
  std::optional<T> try_pop() {
    if (ring_.empty()) return std::nullopt;
    return take();
  }
  void close() {
    closed_ = true;
    poppers_.wake_all();
    pushers_.wake_all();
  }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] size_t size() const { return ring_.size(); }
  [[nodiscard]] bool full() const { return ring_.full(); }

 private:
  T take() {
    T value = ring_.pop();
    pushers_.wake_one();
    return value;
  }
  Ring<T> ring_;
  bool closed_ = false;
  WaitList poppers_;
  WaitList pushers_;
};

}  // namespace weir
