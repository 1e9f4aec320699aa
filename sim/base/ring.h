// Ring<T>: a queue with a limit that is set once. Full is an answer, not an accident.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace weir {

template <class T>
class Ring {
 public:
  explicit Ring(size_t capacity) : slots_(capacity) { CHECK(capacity > 0); }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return slots_.size(); }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == slots_.size(); }
  void push(T value) {
    CHECK(!full());
    slots_[(first_ + size_++) % slots_.size()] = std::move(value);
  }
  T pop() {
    CHECK(!empty());
    T value = std::move(slots_[first_]);
    slots_[first_] = T{};
    first_ = (first_ + 1) % slots_.size();
    --size_;
    return value;
  }

 private:
  std::vector<T> slots_;
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace weir
