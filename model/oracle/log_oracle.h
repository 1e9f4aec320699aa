// The log oracle: the invariants of one broker's partition logs, from what the logs say they do.
//
// It is fed the events log.opened, log.appended and log.flushed as they happen, and what the medium
// holds after each; it never sees a log. Checked at once, at every event that touches them:
//
//   log_shape      an append begins where the log ended; every append gives at least one offset
//   flush_order    a flush never goes back and never passes the log's end
//   flush_is_lie   what a flush announces, or a seal, is durable on the medium
//   start_order    a log's start never goes back behind where it was promised to be
//   recovery_lost  an opened log ends no earlier than what was flushed (or, when only the process had
//                  died, appended) before
//   believed_garbage  nor does it end later than the sound batches on the medium, or its floor
//   producer_state the producer state of an opened log is the fold of the batches on the medium
//
// A LossBudget excuses recovery_lost and flush_is_lie where a fault has destroyed the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/oracle/loss_budget.h"
#include "model/record/batch.h"

namespace weir {

struct LogFinding {
  std::string_view what;
  std::string sentence;
};

class LogOracle {
 public:
  explicit LogOracle(const LossBudget& budget) : budget_(budget) {}

  // `durable_end`: the offset behind the last batch that a power loss right now could not take.
  void appended(const TopicPartition& tp, Offset base, Offset end);
  void flushed(const TopicPartition& tp, Offset end, Offset durable_end);
  // `flushed`: up to where the log itself believes that it is durable. `medium_end`: behind the last sound
  // batch on the medium, or as far as the log may know of records that are lost: it may not believe
  // in more.
  void opened(const TopicPartition& tp, Offset end, Offset flushed, Offset medium_end,
              uint64_t producers_digest, uint64_t expected_digest);
  // A segment was sealed: everything below `end` is said to be durable.
  void sealed(const TopicPartition& tp, Offset end, Offset durable_end);
  // The log starts here now.
  void started(const TopicPartition& tp, Offset start);
  // And will never start before this again, whatever dies.
  void start_promised(const TopicPartition& tp, Offset start);
  void power_lost();
  // The process died or stopped; what it wrote is there.
  void process_ended() {}

  [[nodiscard]] const std::vector<LogFinding>& findings() const { return findings_; }

 private:
  struct Log {
    Offset promised_start{0};
    Offset end{0};
    Offset flushed{0};
  };
  void find(std::string_view what, const TopicPartition& tp, std::string sentence);

  const LossBudget& budget_;
  std::map<TopicPartition, Log> logs_;
  std::vector<LogFinding> findings_;
};

// The digest that a broker's producer state must have after these batches, in the order of the log
// (KIP-98: each producer's epoch and its last five batches). A reference of its own.
// `snapshot`: Kafka's file of what was known before the first of them; empty for nothing.
uint64_t producer_state_digest(const std::vector<BatchView>& batches, ConstBytes snapshot = {});

}  // namespace weir
