// LogSettings: what an ack of this log promises, how its segments grow, and when they go. One set a
// partition: the broker's keys, with the topic's own in their place where it has some.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "model/record/record_rules.h"
#include "sim/base/time.h"

namespace weir {

struct LogSettings {
  uint64_t segment_bytes = 1ULL << 30;                              // segment.bytes
  uint64_t index_interval_bytes = 4096;                             // index.interval.bytes
  int64_t flush_interval_messages = std::numeric_limits<int64_t>::max();  // flush.messages
  // flush.ms: the longest that an appended record stays unsynced; nothing: as long as the kernel likes.
  std::optional<Duration> flush_interval;
  // segment.ms, less a share of segment.jitter.ms: a segment is closed when its first record is
  // this much older than the one that comes.
  Duration segment_age = seconds(168 * 3600);
  Duration segment_jitter;
  uint64_t index_max_bytes = 10 << 20;                              // segment.index.bytes
  std::optional<uint64_t> retention_bytes;                          // retention.bytes; nothing: -1
  std::optional<Duration> retention = seconds(168 * 3600);          // retention.ms; nothing: -1
  Duration file_delete_delay = seconds(60);                         // file.delete.delay.ms
  RecordRules records;

  // With a flush for each message nothing unsynced is shown to readers.
  [[nodiscard]] bool readers_wait_for_flush() const { return flush_interval_messages == 1; }
};

}  // namespace weir
