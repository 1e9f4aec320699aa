#include "client/simple/simple_consumer.h"

#include "model/record/batch_records.h"
#include "model/record/message_set.h"

namespace weir {
namespace {

constexpr int16_t kFetchVersions[] = {1, 3, 11};  // by message format
constexpr Site kBugDropsFirst{"bug.consumer-drops-first-batch"};

Buffer copy(const std::optional<ConstBytes>& bytes) {
  return bytes ? Buffer(bytes->begin(), bytes->end()) : Buffer{};
}

// Adds the records of `bytes` from `from` on. Batches may begin before it.
ErrorCode unpack(ConstBytes bytes, Offset from, std::vector<ConsumedRecord>& to) {
  const BatchScan scan = scan_batches(bytes);
  for (const BatchView& batch : scan.batches) {
    const auto opened = BatchRecords::open(batch);
    if (!opened) return ErrorCode::corrupt_message;
    BatchIterator records = opened->iterator(RecordHeaders::skip);
    for (;;) {
      const auto record = records.next();
      if (!record) return ErrorCode::corrupt_message;
      if (!*record) break;
      const Offset offset = batch.base_offset() + (*record)->offset_delta;
      if (offset >= from) to.push_back({offset, copy((*record)->key), copy((*record)->value)});
    }
  }
  // What stands before the damage is good; the next poll begins with it, and then it is an error.
  const bool damaged = scan.error && *scan.error != BatchError::too_short;
  if (damaged && to.empty()) return ErrorCode::corrupt_message;
  return ErrorCode::none;
}

ErrorCode unpack_message_set(ConstBytes bytes, Offset from, std::vector<ConsumedRecord>& to) {
  MessageSetReader messages{bytes};
  for (;;) {
    const auto message = messages.next();
    if (!message) return to.empty() ? ErrorCode::corrupt_message : ErrorCode::none;
    if (!*message) return ErrorCode::none;
    const Offset offset = (*message)->offset;
    if (offset >= from) to.push_back({offset, copy((*message)->key), copy((*message)->value)});
  }
}

}  // namespace

// In a session only what is other than last time.
void SimpleConsumer::name_partition(const TopicPartition& tp, Offset from, int32_t max_bytes,
                                    FetchRequest& request) {
  if (fetch_sessions_) {
    request.session_id = session_id_;
    request.session_epoch = session_epoch_;
  }
  const bool incremental = fetch_sessions_ && session_epoch_ > 0;
  const bool same_partition = held_ && held_->tp == tp;
  if (incremental && held_ && !same_partition) {
    request.forgotten_topics.push_back({held_->tp.topic, {}, {held_->tp.partition}});
  }
  if (incremental && same_partition && held_->from == from && held_->max_bytes == max_bytes) return;
  FetchRequest::Topic& topic = request.topics.emplace_back();
  topic.name = tp.topic;
  FetchRequest::Partition& partition = topic.partitions.emplace_back();
  partition.index = tp.partition;
  partition.fetch_offset = from;
  partition.partition_max_bytes = max_bytes;
  if (!same_partition) held_ = Held{tp, from, max_bytes, kNoOffset, kNoOffset};
  held_->from = from;
  held_->max_bytes = max_bytes;
}

bool SimpleConsumer::go_on(const FetchResponse& answer) {
  if (!fetch_sessions_) return true;
  const bool ended = answer.error == ErrorCode::fetch_session_id_not_found ||
                     answer.error == ErrorCode::invalid_fetch_session_epoch;
  session_id_ = ended ? 0 : answer.session_id;
  session_epoch_ = session_id_ == 0 ? 0 : session_epoch_ + 1;
  return !ended;
}

PollOutcome SimpleConsumer::await_poll(const TopicPartition& tp, Offset from, int32_t max_bytes,
                                       Duration max_wait) {
  FetchRequest request;
  request.max_wait_ms = static_cast<int32_t>(max_wait.ms());
  request.min_bytes = 1;
  request.max_bytes = max_bytes;
  name_partition(tp, from, max_bytes, request);
  const auto answer = session_.await_call<FetchResponse>(
      kFetchVersions[message_format_], request, env_.clock.now() + max_wait + answer_timeout_);
  PollOutcome outcome;
  if (!answer) session_id_ = session_epoch_ = 0;
  if (!answer || !go_on(*answer)) return outcome;
  outcome.answered = true;
  outcome.error = answer->error;
  if (outcome.error != ErrorCode::none) return outcome;
  if (session_id_ != 0 && answer->topics.empty()) {  // as last time
    outcome.high_watermark = held_->high_watermark;
    outcome.log_start = held_->log_start;
    return outcome;
  }
  if (answer->topics.size() != 1 || answer->topics[0].partitions.size() != 1) {
    outcome.error = ErrorCode::unknown_server_error;
    return outcome;
  }
  const FetchResponse::Partition& read = answer->topics[0].partitions[0];
  outcome.error = read.error;
  outcome.high_watermark = held_->high_watermark = read.high_watermark;
  outcome.log_start = held_->log_start = read.log_start_offset;
  if (outcome.error == ErrorCode::none) {
    outcome.error = message_format_ < kBatchMagic
                        ? unpack_message_set(read.records, from, outcome.records)
                        : unpack(read.records, from, outcome.records);
    // A reader that asks from inside a batch and forgets what stands before its end.
    if (planted(env_.buggify, kBugDropsFirst) && outcome.records.size() > 1 &&
        scan_batches(read.records).batches.size() > 1) {
      outcome.records.erase(outcome.records.begin());
    }
  }
  return outcome;
}

}  // namespace weir
