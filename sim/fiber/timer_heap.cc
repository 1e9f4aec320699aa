#include "sim/fiber/timer_heap.h"

namespace weir {

void TimerHeap::add(Fiber& fiber) {
  CHECK(fiber.timer_index == Fiber::kNoTimer);
  heap_.push_back(&fiber);
  fiber.timer_index = heap_.size() - 1;
  sift_up(fiber.timer_index);
}

void TimerHeap::remove(Fiber& fiber) {
  const size_t hole = fiber.timer_index;
  if (hole == Fiber::kNoTimer) return;
  CHECK(heap_[hole] == &fiber);
  fiber.timer_index = Fiber::kNoTimer;
  Fiber& last = *heap_.back();
  heap_.pop_back();
  if (&last == &fiber) return;
  place(hole, last);
  sift_up(hole);
  sift_down(last.timer_index);
}

void TimerHeap::sift_up(size_t index) {
  Fiber& fiber = *heap_[index];
  while (index > 0) {
    const size_t parent = (index - 1) / 2;
    if (!before(fiber, *heap_[parent])) break;
    place(index, *heap_[parent]);
    index = parent;
  }
  place(index, fiber);
}

void TimerHeap::sift_down(size_t index) {
  Fiber& fiber = *heap_[index];
  for (;;) {
    size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], fiber)) break;
    place(index, *heap_[child]);
    index = child;
  }
  place(index, fiber);
}

}  // namespace weir
