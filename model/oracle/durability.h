// The durability oracle: after a crash, is everything there that the broker promised to keep?
//
// It is told each acked record (as a digest) with the promise that the settings made, and after
// each recovery what can be read. It knows nothing of files.
//
//   promise              the ack said
//   flushed_before_ack   the record was fsynced: it survives anything but the loss of the disk
//   not_flushed          the record was written: it survives the process, not the machine
//
// The verdict on each acked record at or above the recovered log's start:
//   there, unchanged                                 nothing to say
//   there, with another digest                       changed
//   missing or rewritten as the budget allows        destroyed_by_fault
//   missing, promised for this crash                 lost
//   missing, not promised, but a later one is there  hole (a log recovers to a prefix of itself)
//   missing otherwise                                allowed_by_settings
// The first and the last of these losses are no violation. A record that is missing after a recovery is forgotten, because
// new records will take its offset; so is one below the log's start.
//
// Example: offsets 0-2 acked as flushed, 3-4 as not flushed, then power is lost. Reading back 0-3
// is in order (4 is allowed_by_settings); 0-1 has lost 2; 0-2 and 4 has a hole at 3.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/oracle/loss_budget.h"
#include "model/types/ids.h"

namespace weir {

enum class DurabilityPromise : uint8_t { flushed_before_ack, not_flushed };
enum class CrashKind : uint8_t {
  process_killed,  // what was written stays: every ack is a promise
  power_lost,      // what was not flushed may go
};

struct StoredRecord {
  Offset offset;
  uint64_t digest = 0;
};

struct DurabilityFinding {
  enum class Kind : uint8_t { lost, changed, hole, allowed_by_settings, destroyed_by_fault };
  Kind kind;
  TopicPartition tp;
  Offset offset;
  std::string sentence;
  [[nodiscard]] bool is_violation() const {
    return kind != Kind::allowed_by_settings && kind != Kind::destroyed_by_fault;
  }
};
std::string_view name(DurabilityFinding::Kind kind);

class DurabilityOracle {
 public:
  void acked(const TopicPartition& tp, const StoredRecord& record, DurabilityPromise promise);
  // `readable` is all that can be read of the partition, in order of offset. Call it once for each
  // partition after a recovery, with no records for a partition that is gone.
  std::vector<DurabilityFinding> recovered(const TopicPartition& tp, CrashKind crash,
                                           Offset log_start,
                                           const std::vector<StoredRecord>& readable,
                                           const LossBudget& budget = {});
  // Records that the oracle still waits to see.
  [[nodiscard]] size_t remembered(const TopicPartition& tp) const;

 private:
  struct Acked {
    uint64_t digest = 0;
    DurabilityPromise promise = DurabilityPromise::not_flushed;
  };
  std::map<TopicPartition, std::map<Offset, Acked>> acked_;
};

}  // namespace weir
