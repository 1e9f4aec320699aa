// SimpleConsumer: reads one partition by offset; no groups, no committed offsets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/wire/broker_session.h"
#include "model/protocol/fetch.h"
#include "model/record/batch.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"

namespace weir {

struct ConsumedRecord {
  Offset offset;
  Buffer key;
  Buffer value;
};

struct PollOutcome {
  bool answered = false;  // false: the connection broke or the time was up
  ErrorCode error = ErrorCode::none;
  Offset high_watermark = kNoOffset;
  Offset log_start = kNoOffset;
  std::vector<ConsumedRecord> records;  // at or after the asked offset
};

class SimpleConsumer {
 public:
  // An answer that takes `answer_timeout` longer than the broker was asked to wait is given up.
  // `message_format` 0 and 1 read message sets, as old consumers do. With `fetch_sessions` each poll
  // after the first is incremental (KIP-227).
  SimpleConsumer(Env& env, SessionOptions session, Duration answer_timeout = seconds(5),
                 int8_t message_format = kBatchMagic, bool fetch_sessions = false)
      : env_(env),
        answer_timeout_(answer_timeout),
        message_format_(message_format),
        fetch_sessions_(fetch_sessions),
        session_(env, std::move(session)) {}
  // Waits at the broker up to max_wait for at least one byte.
  PollOutcome await_poll(const TopicPartition& tp, Offset from, int32_t max_bytes,
                         Duration max_wait);

 private:
  void name_partition(const TopicPartition& tp, Offset from, int32_t max_bytes,
                      FetchRequest& request);
  // Where the answer leaves the session; false when it has ended and the poll is to be made again.
  bool go_on(const FetchResponse& answer);

  Env& env_;
  const Duration answer_timeout_;
  const int8_t message_format_;
  const bool fetch_sessions_;
  // What the broker remembers of this consumer: one partition, for one is polled at a time.
  struct Held {
    TopicPartition tp;
    Offset from;
    int32_t max_bytes = 0;
    Offset high_watermark;
    Offset log_start;
  };
  int32_t session_id_ = 0;
  int32_t session_epoch_ = 0;
  std::optional<Held> held_;
  BrokerSession session_;
};

}  // namespace weir
