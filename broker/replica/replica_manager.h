// ReplicaManager: the partitions that one shard serves.
//
// Their logs are the LogManager's. With one replica the high watermark is the log's visible end. A shard
// whose fetches wait for a partition leaves one watch there for all of them; it fires once, when the
// visible end passes what was seen (at once, when it already has) or the partition goes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/log/log_manager.h"
#include "model/record/record_validation.h"
#include "sim/env/env.h"
#include "sim/fiber/gate.h"

namespace weir {

struct ProduceOutcome {
  ErrorCode error = ErrorCode::none;
  Offset base_offset = kNoOffset;
  Offset log_start = kNoOffset;
  WallTime log_append_time{-1};          // -1: the records keep their own timestamps
  std::string message;                   // with an error that validation found
  std::vector<RejectedRecord> rejected;  // with an error about single records
  // What the log took, though the answer be an error; nothing for what it knew already.
  uint64_t appended_bytes = 0;
  uint64_t appended_messages = 0;
};

struct AppendTerms {
  int16_t produce_version = 0;
  // Whether the caller's acks wait for what the settings promise, and until when: then the answer is
  // REQUEST_TIMED_OUT, which leaves open whether the records last.
  bool await_durable = true;
  TimePoint deadline = TimePoint::never();
};

struct FetchOutcome {
  ErrorCode error = ErrorCode::none;
  Offset high_watermark = kNoOffset;
  Offset log_start = kNoOffset;
  LogRecords records;
};

struct DeleteRecordsOutcome {
  ErrorCode error = ErrorCode::none;
  Offset low_watermark = kNoOffset;
};

class ReplicaManager {
 public:
  using Watch = UniqueFunction<void()>;

  ReplicaManager(Env& env, LogManager& logs) : env_(env), logs_(logs), flushing_(env.scheduler) {}

  // Opens and recovers the partition's log.
  Result<Done, IoError> await_open(const TopicPartition& tp, const LogSettings& settings,
                                   const LogOpening& opening = {});
  // Other settings from now on; nothing happens to a partition that is not here.
  void configure(const TopicPartition& tp, const LogSettings& settings);
  // The partition is gone for every request from now on, and its log with it (log_manager.h).
  Result<Done, IoError> await_delete(const TopicPartition& tp, std::string_view id);

  // Validates what a producer sent and appends it, which may edit `records`.
  ProduceOutcome await_append(const TopicPartition& tp, MutableBytes records,
                              const AppendTerms& terms);
  // Returns when nothing waits for a sync any more; the logs are closed by then.
  void await_close() { flushing_.await_close(); }
  FetchOutcome await_read(const TopicPartition& tp, Offset offset, uint64_t max_bytes);
  // The same for consumers that know message sets of `magic` only (down_conversion.h).
  FetchOutcome await_read_old(const TopicPartition& tp, Offset offset, uint64_t max_bytes,
                              int8_t magic);
  PartitionLog::TimeIndexAnswer await_find_timestamp(const TopicPartition& tp, WallTime timestamp);

  // Up to `offset`, or all there is (delete_records::kToHighWatermark). Lasts once the log's start is in
  // its checkpoint.
  DeleteRecordsOutcome await_delete_records(const TopicPartition& tp, Offset offset);

  // `shard` is who watches; a watch of its that has not fired yet stays in place of this one.
  void watch(const TopicPartition& tp, Offset seen_end, uint32_t shard, Watch fire);

 private:
  struct Partition {
    LogManager::LogPtr log;
    Offset announced_end;  // up to where watchers were told
    std::map<uint32_t, Watch> watches;  // by the shard that watches
  };
  // Shared, because a request may wait in a partition that is deleted meanwhile.
  using PartitionPtr = std::shared_ptr<Partition>;
  [[nodiscard]] PartitionPtr find(const TopicPartition& tp) const;
  [[nodiscard]] RecordVerdict validate(const PartitionLog& log, MutableBytes records,
                                       int16_t produce_version) const;
  ErrorCode await_durable(const PartitionPtr& partition, Offset end, TimePoint deadline);
  void announce(Partition& partition);
  static void fire_watches(Partition& partition);

  Env& env_;
  LogManager& logs_;
  std::map<TopicPartition, PartitionPtr> partitions_;
  Gate flushing_;               // waits for a sync that no request waits for, or not for ever
  size_t abandoned_waits_ = 0;  // those whose request has timed out
};

}  // namespace weir
