// LogSettings and AckPolicy: what an ack of this log promises.
#pragma once

#include <cstdint>
#include <limits>

namespace weir {

// History is a setting: how an acknowledgement relates to the sync it should stand on.
enum class AckPolicy : uint8_t {
  // An ack is sent when what flush_interval_messages demands has been synced.
  after_flush,
  // The planted bug: the ack is sent while the sync is still under way. Loses acked records at power
  // loss; no configuration key leads here.
  before_flush,
};

struct LogSettings {
  uint64_t segment_bytes = 1ULL << 30;                              // log.segment.bytes
  uint64_t index_interval_bytes = 4096;                             // log.index.interval.bytes
  int64_t flush_interval_messages = std::numeric_limits<int64_t>::max();
  AckPolicy ack_policy = AckPolicy::after_flush;

  // With a flush for each message nothing unsynced is shown to readers.
  [[nodiscard]] bool readers_wait_for_flush() const {
    return flush_interval_messages == 1 && ack_policy == AckPolicy::after_flush;
  }
};

}  // namespace weir
