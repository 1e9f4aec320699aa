// The history checker: judges what clients asked and were answered, and knows nothing else.
//
// A history is a list of operations. Operations of one process stand in the order in which it
// invoked them; processes may interleave in any way. A value is written by at most one produce.
//
// Terms, for one partition:
//   offset of a value   where a produce was answered `ok`, or where a poll returned it
//   span                what a process reads between two `assign`s: it starts at the assigned
//                       offset and is passed over up to the last offset that it read
//   version order       the order of offsets (sound once each offset has one value)
//
// Anomalies (after the Kafka workload of the Jepsen test suite; where it differs is marked *):
//   lost_write           an acked write at an offset that some span passed over, read by nobody *
//   unseen               an acked write that no span passed over, read by nobody, although a
//                        `final_poll` found nothing behind an earlier offset: lost or stuck
//   inconsistent_offsets one offset with two values
//   duplicate            one value at two offsets
//   poll_skip            a span jumps over an offset that somebody else read *
//   nonmonotonic_poll    a span goes back, or reads an offset twice
//   nonmonotonic_send    two sends of one process were acked in reverse order
//   aborted_read         (G1a) a poll returned a value whose write definitely failed
//   phantom              a poll returned a value that nobody wrote to that partition *
//   bad_history          the recorder broke the rules above; the verdict means nothing *
// * One fault gives one kind: a record that all lost is not also skipped, and a reader that began
//   behind a record says nothing about it.
//
// Example. Process 1 writes 10, 11, 12 and is acked at offsets 0, 1, 2; process 2 is assigned
// offset 0 and polls [(0, 10), (2, 12)]. Its span passes over offset 1, and nobody read 11:
// lost_write. Had process 3 polled [(1, 11)], process 2 would have a poll_skip instead. Had process
// 2 polled [(0, 10)] only and then made an empty final poll, 11 and 12 would be unseen.
//
// `unknown` (a timeout, a broken connection, no answer yet) promises nothing in either direction.
// `ok` without an offset (acks=0) neither. A consumer that is told offset_out_of_range and starts
// elsewhere records a new `assign`. Under a subscription the group moves partitions about: record
// each assignment it makes as an `assign`. Without an assigned offset a span starts at the first
// record that it reads. Final polls come after all writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/types/ids.h"

namespace weir {

enum class OperationKind : uint8_t { produce, assign, poll };
enum class Outcome : uint8_t { ok, failed, unknown };

struct PolledRecord {
  Offset offset;
  uint64_t value = 0;
};

struct Operation {
  uint64_t process = 0;
  OperationKind kind = OperationKind::produce;
  TopicPartition tp;
  Outcome outcome = Outcome::ok;      // produce only; polls without an answer are not recorded
  uint64_t value = 0;                 // produce: what was written
  std::optional<Offset> offset;       // produce ok: where; assign: from where the process reads on
  std::vector<PolledRecord> records;  // poll: what came, in the order in which it came
  bool final_poll = false;            // poll: the process has read all that it could ever get
};

using History = std::vector<Operation>;

enum class AnomalyKind : uint8_t {
  lost_write,
  unseen,
  inconsistent_offsets,
  duplicate,
  poll_skip,
  nonmonotonic_poll,
  nonmonotonic_send,
  aborted_read,
  phantom,
  bad_history,
};
std::string_view name(AnomalyKind kind);

struct Anomaly {
  AnomalyKind kind;
  std::string sentence;  // names partition, offset, value, process and operation
  TopicPartition tp;
  Offset offset = kNoOffset;
  uint64_t value = 0;
  size_t operation = 0;  // index in the history: the one to look at first
};

struct HistoryOptions {
  bool duplicates_allowed = false;       // producers that retry without being idempotent
  bool reordered_sends_allowed = false;  // the same with several requests in flight
  size_t limit_per_kind = 20;            // a broken run has thousands; a reader wants a few
};

struct Verdict {
  std::vector<Anomaly> anomalies;  // by partition, then by kind
  [[nodiscard]] bool clean() const { return anomalies.empty(); }
  [[nodiscard]] bool has(AnomalyKind kind) const;
};

Verdict check_history(const History& history, const HistoryOptions& options = {});

}  // namespace weir
