#include "sim/world/trace_log.h"

#include <algorithm>

namespace weir {

std::vector<TraceEvent> TraceLog::last() const {
  std::vector<TraceEvent> events;
  const uint64_t kept = std::min<uint64_t>(count_, kRingEvents);
  events.reserve(kept);
  for (uint64_t i = count_ - kept; i < count_; ++i) events.push_back(ring_[i & (kRingEvents - 1)]);
  return events;
}

}  // namespace weir
