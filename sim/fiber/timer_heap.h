// TimerHeap: the deadlines of parked fibers, earliest first; any of them leaves in O(log n).
//
// A fiber has at most one deadline at a time, so its place in the heap is kept in the fiber. Equal
// deadlines fire in the order of fiber ids: never by address.
#pragma once

#include <vector>

#include "sim/fiber/fiber.h"

namespace weir {

class TimerHeap {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] Fiber& earliest() const { return *heap_.front(); }
  void add(Fiber& fiber);
  void remove(Fiber& fiber);  // harmless when it has no timer

 private:
  static bool before(const Fiber& a, const Fiber& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.id < b.id;
  }
  void place(size_t index, Fiber& fiber) {
    heap_[index] = &fiber;
    fiber.timer_index = index;
  }
  void sift_up(size_t index);
  void sift_down(size_t index);

  std::vector<Fiber*> heap_;
};

}  // namespace weir
