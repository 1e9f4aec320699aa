// EventHeap: what happens next in virtual time.
//
// A 4-ary heap of 32-byte entries, and in front of it the earliest entry, if it was scheduled as such: most
// events schedule what comes right after them (a fiber's turn), which then costs no way through the heap.
// Equal times happen in the order of scheduling. An entry is never taken out early: its target finds
// out from `argument` (a generation, an epoch) that it is stale. Targets outlive their entries.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace weir {

class EventTarget {
 public:
  virtual ~EventTarget() = default;
  virtual void on_event(uint64_t argument) = 0;
};

class EventHeap {
 public:
  struct Entry {
    int64_t time_ns;
    uint64_t sequence;
    EventTarget* target;
    uint64_t argument;
  };

  [[nodiscard]] bool empty() const { return !has_first_ && heap_.empty(); }
  [[nodiscard]] size_t size() const { return heap_.size() + (has_first_ ? 1 : 0); }
  [[nodiscard]] const Entry& earliest() const { return has_first_ ? first_ : heap_.front(); }

  void push(int64_t time_ns, EventTarget& target, uint64_t argument) {
    const Entry entry{time_ns, next_sequence_++, &target, argument};
    if (has_first_) {
      sift_in(before(entry, first_) ? std::exchange(first_, entry) : entry);
    } else if (heap_.empty() || before(entry, heap_.front())) {
      first_ = entry;
      has_first_ = true;
    } else {
      sift_in(entry);
    }
  }

  Entry pop() {
    if (std::exchange(has_first_, false)) return first_;
    CHECK(!heap_.empty());
    return sift_out();
  }

 private:
  void sift_in(const Entry& entry) {
    size_t hole = heap_.size();
    heap_.push_back(entry);
    while (hole > 0) {
      const size_t parent = (hole - 1) / 4;
      if (!before(entry, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = entry;
  }

  Entry sift_out() {
    const Entry top = heap_.front();
    const Entry last = heap_.back();
    heap_.pop_back();
    const size_t count = heap_.size();
    if (count == 0) return top;
    size_t hole = 0;
    for (;;) {
      const size_t first_child = 4 * hole + 1;
      if (first_child >= count) break;
      size_t least = first_child;
      const size_t end = first_child + 4 < count ? first_child + 4 : count;
      for (size_t child = first_child + 1; child < end; ++child) {
        least = before(heap_[child], heap_[least]) ? child : least;
      }
      if (!before(heap_[least], last)) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = last;
    return top;
  }

  // As one number, so that who is the least of four children costs no mispredicted branches.
  static bool before(const Entry& a, const Entry& b) { return order(a) < order(b); }
  static __int128 order(const Entry& entry) {
    return (static_cast<__int128>(entry.time_ns) << 64) | entry.sequence;
  }
  Entry first_{};  // before all of the heap, when has_first_
  bool has_first_ = false;
  std::vector<Entry> heap_;
  uint64_t next_sequence_ = 0;
};

}  // namespace weir
