// LogSettings: what an ack of this log promises, and how its segments grow.
#pragma once

#include <cstdint>
#include <limits>

namespace weir {

struct LogSettings {
  uint64_t segment_bytes = 1ULL << 30;                              // log.segment.bytes
  uint64_t index_interval_bytes = 4096;                             // log.index.interval.bytes
  int64_t flush_interval_messages = std::numeric_limits<int64_t>::max();

  // With a flush for each message nothing unsynced is shown to readers.
  [[nodiscard]] bool readers_wait_for_flush() const { return flush_interval_messages == 1; }
};

}  // namespace weir
