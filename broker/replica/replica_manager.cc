#include "broker/replica/replica_manager.h"

#include "model/protocol/delete_records.h"
#include "model/protocol/list_offsets.h"
#include "model/record/down_conversion.h"

namespace weir {
namespace {
// A disk that has stopped must not be given more and more to wait for: with so many waits given up,
// requests keep their handlers until they know, and the request channel pushes back.
constexpr size_t kMostAbandonedWaits = 1'000;
constexpr Site kFlushWatch{"replica.flush_watch"};
constexpr Site kEarlyWatch{"buggify.replica.early_watch"};
constexpr Site kTimedOut{"sometimes.replica.produce_timed_out"};
constexpr Site kRewritten{"sometimes.replica.rewritten"};
constexpr Site kConvertedDown{"sometimes.replica.converted_down"};
}  // namespace

Result<Done, IoError> ReplicaManager::await_open(const TopicPartition& tp,
                                                 const LogSettings& settings,
                                                 const LogOpening& opening) {
  auto log = TRY(logs_.await_open(tp, settings, opening));
  const Offset end = log->visible_end();
  partitions_[tp] = std::make_shared<Partition>(Partition{std::move(log), end, {}});
  return Done{};
}

Result<Done, IoError> ReplicaManager::await_delete(const TopicPartition& tp, std::string_view id) {
  const auto it = partitions_.find(tp);
  if (it == partitions_.end()) return Done{};
  const PartitionPtr partition = it->second;
  partitions_.erase(it);
  auto deleted = logs_.await_delete(tp, id);
  // Who waits for more is told that there is none.
  fire_watches(*partition);
  return deleted;
}

void ReplicaManager::configure(const TopicPartition& tp, const LogSettings& settings) {
  const PartitionPtr partition = find(tp);
  if (partition == nullptr) return;
  partition->log->configure(settings);
  announce(*partition);  // readers that waited for a flush may not have to any more
}

ReplicaManager::PartitionPtr ReplicaManager::find(const TopicPartition& tp) const {
  const auto it = partitions_.find(tp);
  return it == partitions_.end() ? nullptr : it->second;
}

RecordVerdict ReplicaManager::validate(const PartitionLog& log, MutableBytes records,
                                       int16_t produce_version) const {
  RecordVerdict verdict = validate_records(records, log.settings().records, env_.clock.wall_now(),
                                           produce_version);
  env_.scheduler.charge(Work::checksum_bytes, verdict.checksum_bytes);
  if (verdict.codec_bytes > 0) env_.scheduler.charge(Work::compress_bytes, verdict.codec_bytes);
  return verdict;
}

// What a wait leaves for its request, should that still be there.
struct DurableWait {
  explicit DurableWait(Scheduler& scheduler) : ended(scheduler) {}
  Event ended;
  ErrorCode error = ErrorCode::none;
  bool abandoned = false;
};

ErrorCode ReplicaManager::await_durable(const PartitionPtr& partition, Offset end,
                                        TimePoint deadline) {
  const auto wait = std::make_shared<DurableWait>(env_.scheduler);
  const auto body = [this, partition, end, wait] {
    wait->error = partition->log->await_durable(end);
    announce(*partition);
    if (wait->abandoned) --abandoned_waits_;
    wait->ended.set();
  };
  const PartitionLog& log = *partition->log;
  const bool known_at_once =
      log.flushed_end() >= end ||
      log.log_end() - log.flushed_end() < log.settings().flush_interval_messages;
  const bool bounded = deadline != TimePoint::never() && abandoned_waits_ < kMostAbandonedWaits;
  if (known_at_once || !bounded || !spawn_in(flushing_, env_.scheduler, kFlushWatch, body)) {
    body();
    return wait->error;
  }
  if (wait->ended.await({.deadline = deadline}) == WaitResult::ready) return wait->error;
  sometimes(env_.buggify, kTimedOut);
  wait->abandoned = true;
  ++abandoned_waits_;
  return ErrorCode::request_timed_out;
}

ProduceOutcome ReplicaManager::await_append(const TopicPartition& tp, MutableBytes records,
                                            const AppendTerms& terms) {
  const PartitionPtr partition = find(tp);
  if (partition == nullptr) return {.error = ErrorCode::unknown_topic_or_partition};
  PartitionLog& log = *partition->log;
  RecordVerdict verdict = validate(log, records, terms.produce_version);
  if (verdict.error != ErrorCode::none) {
    return {.error = verdict.error,
            .log_start = log.log_start(),
            .message = std::move(verdict.message),
            .rejected = std::move(verdict.rejected)};
  }
  if (verdict.rewritten) {
    sometimes(env_.buggify, kRewritten);
    records = *verdict.rewritten;
  }
  const AppendOutcome appended = log.await_append(records);
  if (appended.error != ErrorCode::none) {
    return {.error = appended.error, .base_offset = kNoOffset, .log_start = log.log_start()};
  }
  ProduceOutcome outcome;
  if (!appended.duplicate) {
    outcome.appended_bytes = records.size();
    outcome.appended_messages =
        static_cast<uint64_t>(appended.end.value() - appended.base_offset.value());
  }
  if (terms.await_durable) {
    outcome.error = await_durable(partition, appended.end, terms.deadline);
    if (outcome.error != ErrorCode::none) return outcome;
  } else {
    // Nobody waits for the sync here, but readers may.
    spawn_in(flushing_, env_.scheduler, kFlushWatch, [this, partition, end = appended.end] {
      (void)partition->log->await_durable(end);
      announce(*partition);
    });
  }
  outcome.base_offset = appended.base_offset;
  outcome.log_start = log.log_start();
  outcome.log_append_time = verdict.log_append_time;
  return outcome;
}

FetchOutcome ReplicaManager::await_read(const TopicPartition& tp, Offset offset,
                                        uint64_t max_bytes) {
  const PartitionPtr partition = find(tp);
  if (partition == nullptr) return {.error = ErrorCode::unknown_topic_or_partition};
  PartitionLog& log = *partition->log;
  PartitionLog::Slice found = log.await_slice(offset, max_bytes);
  return {.error = found.error,
          .high_watermark = log.visible_end(),
          .log_start = log.log_start(),
          .records = std::move(found.records)};
}

FetchOutcome ReplicaManager::await_read_old(const TopicPartition& tp, Offset offset,
                                            uint64_t max_bytes, int8_t magic) {
  const PartitionPtr partition = find(tp);
  if (partition == nullptr) return {.error = ErrorCode::unknown_topic_or_partition};
  PartitionLog& log = *partition->log;
  const PartitionLog::Read read = log.await_read(offset, max_bytes);
  FetchOutcome outcome{.error = read.error,
                       .high_watermark = log.visible_end(),
                       .log_start = log.log_start(),
                       .records = {}};
  if (outcome.error != ErrorCode::none) return outcome;
  env_.scheduler.charge(Work::checksum_bytes, read.records.size());
  auto converted = down_convert(read.records, magic, offset);
  if (!converted) {
    outcome.error = converted.error() == DownConversionError::corrupt
                        ? ErrorCode::corrupt_message
                        : ErrorCode::unsupported_compression_type;
    return outcome;
  }
  if (converted->decompressed_bytes > 0) {
    env_.scheduler.charge(Work::compress_bytes, 2 * converted->decompressed_bytes);
  }
  if (!converted->messages.empty()) sometimes(env_.buggify, kConvertedDown);
  outcome.records.bytes = std::move(converted->messages);
  return outcome;
}

PartitionLog::TimeIndexAnswer ReplicaManager::await_find_timestamp(const TopicPartition& tp,
                                                          WallTime timestamp) {
  const PartitionPtr partition = find(tp);
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

DeleteRecordsOutcome ReplicaManager::await_delete_records(const TopicPartition& tp, Offset offset) {
  const PartitionPtr partition = find(tp);
  if (partition == nullptr) return {ErrorCode::unknown_topic_or_partition, kNoOffset};
  PartitionLog& log = *partition->log;
  const bool all = offset == delete_records::kToHighWatermark;
  const ErrorCode error = log.await_delete_before(all ? log.visible_end() : offset);
  if (error != ErrorCode::none) return {error, kNoOffset};
  return {ErrorCode::none, log.log_start()};
}

void ReplicaManager::watch(const TopicPartition& tp, Offset seen_end, uint32_t shard, Watch fire) {
  const PartitionPtr partition = find(tp);
  if (partition == nullptr || partition->log->visible_end() > seen_end ||
      !partition->log->online() || maybe(env_.buggify, kEarlyWatch)) {
    fire();
    return;
  }
  partition->watches.try_emplace(shard, std::move(fire));
}

void ReplicaManager::announce(Partition& partition) {
  const Offset end = partition.log->visible_end();
  if (end == partition.announced_end && partition.log->online()) return;
  partition.announced_end = end;
  fire_watches(partition);
}

void ReplicaManager::fire_watches(Partition& partition) {
  auto watches = std::exchange(partition.watches, {});
  for (auto& [shard, fire] : watches) fire();
}

}  // namespace weir
