// ReplicaManager: the partitions that one shard serves.
//
// It owns their logs. With one replica the high watermark is the log's visible end. Who wants to
// know when a partition has more to read leaves a watch; it fires once, outside of any lock, when
// the visible end passes what the watcher has seen (at once, when it already has).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/log/log.h"
#include "sim/env/env.h"

namespace weir {

struct ProduceOutcome {
  ErrorCode error = ErrorCode::none;
  Offset base_offset = kNoOffset;
  Offset log_start = kNoOffset;
};

struct FetchOutcome {
  ErrorCode error = ErrorCode::none;
  Offset high_watermark = kNoOffset;
  Offset log_start = kNoOffset;
  Buffer records;
};

class ReplicaManager {
 public:
  using Watch = UniqueFunction<void()>;

  explicit ReplicaManager(Env& env) : env_(env) {}

  // Opens and recovers the partition's log.
  Result<Done, IoError> await_open(const TopicPartition& tp, const LogSettings& settings);
  // Other settings from now on; nothing happens to a partition that is not here.
  void configure(const TopicPartition& tp, const LogSettings& settings);

  // Validates and appends one batch; offsets are written into `records`. `await_durable` is whether
  // the caller's acks wait for what the settings promise. Produce versions below 7 know no zstd.
  ProduceOutcome await_append(const TopicPartition& tp, MutableBytes records, bool await_durable,
                              bool zstd_allowed);
  FetchOutcome await_read(const TopicPartition& tp, Offset offset, uint64_t max_bytes);
  PartitionLog::TimeIndexAnswer await_find_timestamp(const TopicPartition& tp, WallTime timestamp);

  void watch(const TopicPartition& tp, Offset seen_end, Watch fire);

  // Syncs every log: the end of an orderly stop.
  void await_flush_all();

 private:
  struct Partition {
    std::unique_ptr<PartitionLog> log;
    RecordRules rules;
    Offset announced_end;  // up to where watchers were told
    std::vector<Watch> watches;
  };
  Partition* find(const TopicPartition& tp);
  ErrorCode validate(const RecordRules& rules, ConstBytes records, bool zstd_allowed) const;
  void announce(Partition& partition);

  Env& env_;
  std::map<TopicPartition, Partition> partitions_;
};

}  // namespace weir
