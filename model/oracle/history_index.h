// What the history checker derives from a history before it judges: for each partition the writes
// by value, the values seen at each offset, and the spans of the polls.
//
// Internal to model/oracle. Everything is kept in ordered containers, so that anomalies come out in
// the same order each time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/oracle/history.h"

namespace weir {

struct WriteFacts {
  size_t operation = 0;  // the produce
  Outcome outcome = Outcome::unknown;
  std::optional<Offset> acked_at;
};

// One appearance of a value at an offset: in an ack or in a poll.
struct Sighting {
  Offset offset;
  uint64_t value = 0;
  size_t operation = 0;
  bool polled = false;
};

// A step of a span: from one read offset (or just before the assigned one) to the next.
struct Step {
  Offset after;  // the last offset read before; the assigned offset - 1 at the start of a span
  Offset to;     // the offset that was read
  uint64_t value = 0;
  size_t operation = 0;
};

struct PartitionFacts {
  std::map<uint64_t, WriteFacts> writes;              // by value
  std::map<uint64_t, std::vector<size_t>> sends;      // produces with an acked offset, by process
  std::vector<Sighting> sightings;                    // in the order of the history
  std::map<Offset, std::vector<size_t>> by_offset;    // indices of sightings
  std::map<uint64_t, std::vector<size_t>> by_value;   // indices of sightings
  std::map<Offset, size_t> polled;                    // offsets that were read: first operation
  std::vector<Step> steps;
  std::optional<Offset> read_to_end_after;  // a final poll found nothing behind this offset
};

struct HistoryIndex {
  std::map<TopicPartition, PartitionFacts> partitions;
  std::vector<Anomaly> broken;  // bad_history
};

HistoryIndex index_history(const History& history);

}  // namespace weir
