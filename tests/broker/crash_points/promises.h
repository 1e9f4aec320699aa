// Promises: what the programs were told that lasts, and whether it did.
//
// A workload says what it tried and what it was promised; after each crash it says what it found.
// The judgement on records is the durability oracle's. Beside it, for every partition and recovery:
//
//   the log reads          offsets from its start to its end, each once, as the medium holds them
//   nothing is invented    every value was sent once and stands at one offset
//   nothing is damaged     a power loss makes torn tails, never damage in the middle or strays
//   the log's start        never goes back behind where it was said to be
//   producer state         is the fold of the batches on the medium (KIP-98)
//   what was served stays  a record that a reader could see is promised from then on
//
// Violations are sentences; the caller knows which crash point they belong to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/log/log.h"
#include "broker/metadata/metadata_cache.h"
#include "model/oracle/durability.h"
#include "sim/world/disk_image.h"

namespace weir {

class Promises {
 public:
  // A value for one record, never given before.
  uint64_t new_value() { return ++last_value_; }
  void acked(const TopicPartition& tp, Offset offset, uint64_t value, DurabilityPromise promise);
  void crashed(CrashKind crash);

  // A log that was just opened and nobody writes to. What is found is promised from now on.
  void await_check_opened(PartitionLog& log, const TopicPartition& tp, DiskImage& disk);
  // Readers see what is visible now, and it must stay.
  void await_served(PartitionLog& log, const TopicPartition& tp);
  // Records read in whatever way, in the order of the offsets, all from `log_start` on.
  // What was read of a log that starts at `start`. Below `promised_end` it is promised from now on.
  void check_records(const TopicPartition& tp, const std::vector<StoredRecord>& records,
                     DiskImage& disk, Offset start = Offset{0},
                     Offset promised_end = Offset{std::numeric_limits<int64_t>::max()});
  // Whoever asks is told that the log starts here, and it stays so.
  void log_started(const TopicPartition& tp, Offset start);
  // The event log.opened of the log of `tp`.
  void check_producers(const TopicPartition& tp, uint64_t digest, DiskImage& disk);

  void topic_tried(const std::string& name, const TopicInfo& info) { topics_tried_[name] = info; }
  void topic_created(const std::string& name, const TopicInfo& info) { topics_[name] = info; }
  void check_topics(const MetadataCache::Topics& found);
  void id_given(ProducerId id);
  void cluster_id(const std::string& id);

  void violated(std::string_view sentence);
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

 private:
  void check_shape(const TopicPartition& tp, const std::vector<StoredRecord>& records,
                   Offset start);

  uint64_t last_value_ = 0;
  DurabilityOracle durability_;
  uint64_t power_losses_ = 0;
  std::map<TopicPartition, Offset> log_starts_;
  std::map<TopicPartition, uint64_t> checked_after_;  // so many losses of power
  MetadataCache::Topics topics_;
  std::map<std::string, TopicInfo> topics_tried_;
  std::set<ProducerId> ids_;
  std::string cluster_id_;
  std::vector<std::string> violations_;
};

}  // namespace weir
