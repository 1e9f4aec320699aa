#include "broker/replica/replica_manager.h"

#include "model/protocol/list_offsets.h"

namespace weir {
namespace {
constexpr Site kFlushWatch{"replica.flush_watch"};
constexpr Site kEarlyWatch{"buggify.replica.early_watch"};
}  // namespace

Result<Done, IoError> ReplicaManager::await_open(const TopicPartition& tp,
                                                 const LogSettings& settings) {
  auto log = TRY(PartitionLog::await_open(env_, to_string(tp), settings));
  const Offset end = log->visible_end();
  partitions_[tp] = Partition{std::move(log), settings.records, end, {}};
  return Done{};
}

void ReplicaManager::configure(const TopicPartition& tp, const LogSettings& settings) {
  Partition* const partition = find(tp);
  if (partition == nullptr) return;
  partition->log->configure(settings);
  partition->rules = settings.records;
  announce(*partition);  // readers that waited for a flush may not have to any more
}

ReplicaManager::Partition* ReplicaManager::find(const TopicPartition& tp) {
  const auto it = partitions_.find(tp);
  return it == partitions_.end() ? nullptr : &it->second;
}

ErrorCode ReplicaManager::validate(const RecordRules& rules, ConstBytes records,
                                   bool zstd_allowed) const {
  if (records.size() > rules.max_message_bytes) return ErrorCode::message_too_large;
  env_.scheduler.charge(Work::checksum_bytes, records.size());
  const auto batch = parse_batch(records);
  if (!batch) {
    return batch.error() == BatchError::bad_magic ? ErrorCode::unsupported_for_message_format
                                                  : ErrorCode::corrupt_message;
  }
  // From version 3 on a partition's payload is exactly one batch.
  if (batch->bytes().size() != records.size()) return ErrorCode::invalid_record;
  if (!batch->is_dense() || batch->record_count() == 0) return ErrorCode::invalid_record;
  if (batch->is_control()) return ErrorCode::invalid_record;
  if (batch->is_transactional()) return ErrorCode::invalid_txn_state;
  if (batch->compression() > Compression::zstd) return ErrorCode::unsupported_compression_type;
  if (batch->compression() == Compression::zstd && !zstd_allowed) {
    return ErrorCode::unsupported_compression_type;
  }
  return ErrorCode::none;
}

ProduceOutcome ReplicaManager::await_append(const TopicPartition& tp, MutableBytes records,
                                            bool await_durable, bool zstd_allowed) {
  Partition* const partition = find(tp);
  if (partition == nullptr) return {.error = ErrorCode::unknown_topic_or_partition};
  PartitionLog& log = *partition->log;
  if (const ErrorCode error = validate(partition->rules, records, zstd_allowed);
      error != ErrorCode::none) {
    return {.error = error, .base_offset = kNoOffset, .log_start = log.log_start()};
  }
  const AppendOutcome appended = log.await_append(records);
  if (appended.error != ErrorCode::none) {
    return {.error = appended.error, .base_offset = kNoOffset, .log_start = log.log_start()};
  }
  if (await_durable) {
    const ErrorCode durable = log.await_durable(appended.end);
    announce(*partition);
    if (durable != ErrorCode::none) return {.error = durable};
  } else {
    // Nobody waits for the sync here, but readers may.
    env_.scheduler.spawn(kFlushWatch, [this, partition, end = appended.end] {
      (void)partition->log->await_durable(end);
      announce(*partition);
    });
  }
  return {.error = ErrorCode::none,
          .base_offset = appended.base_offset,
          .log_start = log.log_start()};
}

FetchOutcome ReplicaManager::await_read(const TopicPartition& tp, Offset offset,
                                        uint64_t max_bytes) {
  Partition* const partition = find(tp);
  if (partition == nullptr) return {.error = ErrorCode::unknown_topic_or_partition};
  PartitionLog& log = *partition->log;
  PartitionLog::Read read = log.await_read(offset, max_bytes);
  return {.error = read.error,
          .high_watermark = log.visible_end(),
          .log_start = log.log_start(),
          .records = std::move(read.records)};
}

PartitionLog::TimeIndexAnswer ReplicaManager::await_find_timestamp(const TopicPartition& tp,
                                                          WallTime timestamp) {
  Partition* const partition = find(tp);
  if (partition == nullptr) return {.error = ErrorCode::unknown_topic_or_partition};
  PartitionLog& log = *partition->log;
  if (!log.online()) return {.error = ErrorCode::kafka_storage_error};
  if (timestamp == list_offsets::kLatest) return {.offset = log.visible_end()};
  if (timestamp == list_offsets::kEarliest || timestamp == list_offsets::kEarliestLocal) {
    return {.offset = log.log_start()};
  }
  if (timestamp == list_offsets::kLatestTiered) return {};
  if (timestamp == list_offsets::kMaxTimestamp) return log.await_find_max_timestamp();
  return log.await_find_timestamp(timestamp);
}

void ReplicaManager::watch(const TopicPartition& tp, Offset seen_end, Watch fire) {
  Partition* const partition = find(tp);
  if (partition == nullptr || partition->log->visible_end() > seen_end ||
      !partition->log->online() || maybe(env_.buggify, kEarlyWatch)) {
    fire();
    return;
  }
  partition->watches.push_back(std::move(fire));
}

void ReplicaManager::announce(Partition& partition) {
  const Offset end = partition.log->visible_end();
  if (end == partition.announced_end && partition.log->online()) return;
  partition.announced_end = end;
  std::vector<Watch> watches = std::exchange(partition.watches, {});
  for (Watch& fire : watches) fire();
}

void ReplicaManager::await_flush_all() {
  for (auto& [tp, partition] : partitions_) {
    (void)partition.log->await_flush(partition.log->log_end());
  }
}

}  // namespace weir
