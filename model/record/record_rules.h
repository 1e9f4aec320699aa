// RecordRules: what a topic asks of the records that producers send it, under Kafka's topic keys.
//
// Values only; model/record decides with them what is appended, as it came or written anew.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "model/record/batch.h"

namespace weir {

struct RecordRules {
  uint32_t max_message_bytes = 1'048'588;                       // max.message.bytes
  TimestampType timestamp_type = TimestampType::create_time;    // message.timestamp.type
  // How far a record's own timestamp may lie before or after the broker's clock, in milliseconds:
  // message.timestamp.before.max.ms, message.timestamp.after.max.ms.
  int64_t timestamp_before_max_ms = std::numeric_limits<int64_t>::max();
  int64_t timestamp_after_max_ms = std::numeric_limits<int64_t>::max();
  // compression.type; nothing: "producer", what the producer chose stays.
  std::optional<Compression> compression;
};

}  // namespace weir
