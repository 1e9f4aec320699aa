#include "client/producer/producer.h"

#include <algorithm>

#include "model/protocol/init_producer_id.h"
#include "model/protocol/produce.h"
#include "model/record/message_set.h"

namespace weir {
namespace {
constexpr int16_t kProduceVersions[] = {1, 2, 9};  // by message format
constexpr int16_t kInitProducerIdVersion = 4;
constexpr Site kBugNewSequence{"bug.retry-with-new-sequence"};
constexpr Site kBugAckOnTimeout{"bug.ack-on-timeout"};
constexpr Site kRetried{"sometimes.producer.retried"};
constexpr Site kGaveUp{"sometimes.producer.gave_up"};
}  // namespace

Result<Done, RpcError> Producer::await_identity(TimePoint deadline) {
  while (id_ == kNoProducerId) {
    InitProducerIdRequest request;
    request.transaction_timeout_ms = 60'000;
    const auto answer = session_.await_call<InitProducerIdResponse>(
        kInitProducerIdVersion, request,
        std::min(deadline, env_.clock.now() + options_.request_timeout));
    if (answer && answer->error == ErrorCode::none) {
      id_ = answer->producer_id;
      epoch_ = answer->producer_epoch;
      next_sequence_.clear();
      break;
    }
    if (env_.clock.now() >= deadline) {
      return RpcError{RpcError::Kind::timeout, "no producer id before the delivery timeout"};
    }
    await_sleep(env_.scheduler, env_.clock.now() + options_.retry_backoff);
  }
  return Done{};
}

std::optional<SendOutcome> Producer::await_attempt(const TopicPartition& tp, ConstBytes batch,
                                                   TimePoint deadline, bool& may_be_in_log) {
  ProduceRequest request;
  request.acks = options_.acks;
  request.timeout_ms = static_cast<int32_t>(
      options_.ack_timeout.value_or(options_.request_timeout).ms());
  request.topics.push_back({tp.topic, {{tp.partition, batch}}});
  const TimePoint until = std::min(deadline, env_.clock.now() + options_.request_timeout);
  const int16_t version = kProduceVersions[options_.message_format];
  if (options_.acks == 0) {
    const auto sent = session_.await_send(version, request, until);
    if (sent) return SendOutcome{.kind = SendOutcome::Kind::acked};
    may_be_in_log = true;
    return std::nullopt;
  }
  const auto answer = session_.await_call<ProduceResponse>(version, request, until);
  if (!answer || answer->topics.size() != 1 || answer->topics[0].partitions.size() != 1) {
    may_be_in_log = true;
    return std::nullopt;
  }
  const ProduceResponse::Partition& partition = answer->topics[0].partitions[0];
  if (partition.error == ErrorCode::none) {
    return SendOutcome{.kind = SendOutcome::Kind::acked, .base_offset = partition.base_offset};
  }
  // A storage error may have hit after the write; a sync that takes too long may still succeed.
  if (partition.error == ErrorCode::kafka_storage_error ||
      partition.error == ErrorCode::request_timed_out) {
    may_be_in_log = true;
  }
  if (is_retriable(partition.error)) return std::nullopt;
  return SendOutcome{.kind = may_be_in_log ? SendOutcome::Kind::unknown : SendOutcome::Kind::failed,
                     .error = partition.error};
}

SendOutcome Producer::await_send(const TopicPartition& tp, const std::vector<NewRecord>& records) {
  CHECK_MSG(options_.message_format == kBatchMagic || !options_.idempotent,
            "old message formats carry no sequence");
  const Mutex::Lock lock = sending_.await_lock();
  return await_send_locked(tp, records, env_.clock.now() + options_.delivery_timeout);
}

Buffer Producer::make_batch(const TopicPartition& tp, const std::vector<NewRecord>& records) {
  if (options_.message_format < kBatchMagic) {
    return make_message_set(options_.message_format, records, options_.compression);
  }
  BatchOptions options{.compression = options_.compression};
  if (options_.idempotent) {
    options.producer_id = id_;
    options.producer_epoch = epoch_;
    options.base_sequence = next_sequence_.try_emplace(tp, Sequence{0}).first->second;
  }
  BatchBuilder builder(options);
  for (const NewRecord& record : records) builder.add(record);
  return builder.finish();
}

SendOutcome Producer::await_send_locked(const TopicPartition& tp,
                                        const std::vector<NewRecord>& records,
                                        TimePoint deadline) {
  // Nothing was sent yet, so a missing identity is a failure and not a doubt.
  if (options_.idempotent && !await_identity(deadline)) {
    return {.kind = SendOutcome::Kind::failed, .error = ErrorCode::request_timed_out};
  }
  const Buffer batch = make_batch(tp, records);
  bool may_be_in_log = false;
  for (;;) {
    const auto outcome = await_attempt(tp, batch, deadline, may_be_in_log);
    if (outcome && outcome->kind == SendOutcome::Kind::acked) {
      if (options_.idempotent) {
        Sequence& next = next_sequence_[tp];
        next = next + static_cast<int32_t>(records.size());
      }
      return *outcome;
    }
    const bool over = outcome.has_value() || !options_.retry || env_.clock.now() >= deadline;
    sometimes(env_.buggify, over ? kGaveUp : kRetried);
    if (may_be_in_log && planted(env_.buggify, kBugAckOnTimeout)) {
      return {.kind = SendOutcome::Kind::acked};
    }
    if (!over && options_.idempotent && planted(env_.buggify, kBugNewSequence)) {
      id_ = kNoProducerId;
      return await_send_locked(tp, records, deadline);
    }
    if (over) {
      id_ = kNoProducerId;  // the next sequence is not known any more
      if (outcome) return *outcome;
      return {.kind = may_be_in_log ? SendOutcome::Kind::unknown : SendOutcome::Kind::failed,
              .error = ErrorCode::request_timed_out};
    }
    await_sleep(env_.scheduler, env_.clock.now() + options_.retry_backoff);
  }
}

}  // namespace weir
