// LossBudget: which records the faults of a run have destroyed, and so may be missing.
//
// Fed by whoever knows what a fault did to a medium; asked by the oracles. Nothing else may be
// missing, and even these may not come back as something else.
//
//   destroyed(tp, first, last)   the bytes of these offsets are gone; what is behind them is not
//   tail_destroyed(tp, from)     where nothing tells a torn tail from damage, everything from an
//                                offset on goes with it, and the offsets may be given out again
//
// Example: rot in offsets 10-12 of an old segment: 9 and 13 must be there. The same in the last
// segment, whose end only a scan finds: 9 must be there, 13 may be gone.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "model/types/ids.h"

namespace weir {

class LossBudget {
 public:
  void destroyed(const TopicPartition& tp, Offset first, Offset last) {
    partitions_[tp].ranges.push_back({first, last});
  }
  void tail_destroyed(const TopicPartition& tp, Offset from) {
    Partition& partition = partitions_[tp];
    partition.tail = partition.has_tail ? std::min(partition.tail, from) : from;
    partition.has_tail = true;
  }
  [[nodiscard]] bool may_miss(const TopicPartition& tp, Offset offset) const {
    const auto it = partitions_.find(tp);
    if (it == partitions_.end()) return false;
    return may_be_another(tp, offset) ||
           std::any_of(it->second.ranges.begin(), it->second.ranges.end(), [&](const Range& range) {
             return range.first <= offset && offset <= range.last;
           });
  }
  // Whether `offset` may hold a record written after the loss.
  [[nodiscard]] bool may_be_another(const TopicPartition& tp, Offset offset) const {
    const auto it = partitions_.find(tp);
    return it != partitions_.end() && it->second.has_tail && offset >= it->second.tail;
  }
  [[nodiscard]] bool touches(const TopicPartition& tp) const { return partitions_.contains(tp); }
  [[nodiscard]] bool empty() const { return partitions_.empty(); }

 private:
  struct Range {
    Offset first;
    Offset last;
  };
  struct Partition {
    std::vector<Range> ranges;
    Offset tail{0};
    bool has_tail = false;
  };
  std::map<TopicPartition, Partition> partitions_;
};

}  // namespace weir
