// Producer: sends batches to partitions and knows what became of them.
//
// The outcome is one of three, and the third must not be mistaken for the second:
//
//   acked    the broker answered with the offset
//   failed   the broker refused it: it is in no log
//   unknown  no answer before the delivery timeout: it may be in the log, or come to be
//
// With idempotence a retry carries the same sequence and cannot be appended twice (KIP-98), however
// often the connection breaks. After an unknown outcome the sequence of what follows would not be
// known, so the producer asks for a new identity. Without idempotence retries may duplicate.
// One send per partition at a time, in the order of the calls.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/wire/broker_session.h"
#include "model/record/batch_builder.h"
#include "model/types/error_code.h"

namespace weir {

struct ProducerOptions {
  int16_t acks = -1;
  bool idempotent = true;
  bool retry = true;
  Compression compression = Compression::none;
  // 0 and 1: the message sets of old producers, which know neither idempotence nor zstd (a CHECK).
  int8_t message_format = kBatchMagic;
  Duration request_timeout = seconds(5);
  std::optional<Duration> ack_timeout;  // for the broker, until the ack; nothing: as long as that
  Duration delivery_timeout = seconds(30);
  Duration retry_backoff = milliseconds(50);
};

struct SendOutcome {
  enum class Kind : uint8_t { acked, failed, unknown };
  Kind kind = Kind::unknown;
  Offset base_offset = kNoOffset;  // acked, with acks != 0
  ErrorCode error = ErrorCode::none;
};

class Producer {
 public:
  Producer(Env& env, SessionOptions session, ProducerOptions options)
      : env_(env),
        options_(options),
        session_(env, std::move(session)),
        sending_(env.scheduler) {}

  SendOutcome await_send(const TopicPartition& tp, const std::vector<NewRecord>& records);

 private:
  SendOutcome await_send_locked(const TopicPartition& tp, const std::vector<NewRecord>& records,
                                TimePoint deadline);
  Result<Done, RpcError> await_identity(TimePoint deadline);
  Buffer make_batch(const TopicPartition& tp, const std::vector<NewRecord>& records);
  // Nothing: no answer, or one that says "try again".
  std::optional<SendOutcome> await_attempt(const TopicPartition& tp, ConstBytes batch,
                                           TimePoint deadline, bool& may_be_in_log);

  Env& env_;
  const ProducerOptions options_;
  BrokerSession session_;
  Mutex sending_;
  ProducerId id_ = kNoProducerId;
  ProducerEpoch epoch_ = kNoProducerEpoch;
  std::map<TopicPartition, Sequence> next_sequence_;
};

}  // namespace weir
