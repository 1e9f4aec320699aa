// EventHeap: what happens next in virtual time.
//
// A 4-ary heap of 32-byte entries. Equal times happen in the order of scheduling. An entry is never
// taken out early: its target finds out from `argument` (a generation, an epoch) that it is stale.
// Targets outlive their entries.
#pragma once

#include <cstdint>
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

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] size_t size() const { return heap_.size(); }
  [[nodiscard]] const Entry& earliest() const { return heap_.front(); }

  void push(int64_t time_ns, EventTarget& target, uint64_t argument) {
    size_t hole = heap_.size();
    const Entry entry{time_ns, next_sequence_++, &target, argument};
    heap_.push_back(entry);
    while (hole > 0) {
      const size_t parent = (hole - 1) / 4;
      if (!before(entry, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = entry;
  }

  Entry pop() {
    CHECK(!heap_.empty());
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

 private:
  // As one number, so that who is the least of four children costs no mispredicted branches.
  static bool before(const Entry& a, const Entry& b) { return order(a) < order(b); }
  static __int128 order(const Entry& entry) {
    return (static_cast<__int128>(entry.time_ns) << 64) | entry.sequence;
  }
  std::vector<Entry> heap_;
  uint64_t next_sequence_ = 0;
};

}  // namespace weir
