// Admin: the cluster's topics, seen and made.
#pragma once

#include <string>
#include <vector>

#include "client/wire/broker_session.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "model/types/uuid.h"

namespace weir {

struct TopicDescription {
  std::string name;
  Uuid id;
  int32_t partitions = 0;
};

class Admin {
 public:
  Admin(Env& env, SessionOptions session) : env_(env), session_(env, std::move(session)) {}
  // `topic_already_exists` may also mean that an earlier attempt, whose answer was lost, made it.
  Result<ErrorCode, RpcError> await_create_topic(const std::string& name, int32_t partitions,
                                                 TimePoint deadline);

  Result<ErrorCode, RpcError> await_delete_topic(const std::string& name, TimePoint deadline);
  // `count` partitions in all.
  Result<ErrorCode, RpcError> await_create_partitions(const std::string& name, int32_t count,
                                                      TimePoint deadline);
  // Sets one of the topic's own settings.
  Result<ErrorCode, RpcError> await_set_topic_config(const std::string& topic,
                                                     const std::string& key,
                                                     const std::string& value,
                                                     TimePoint deadline);
  struct Deleted {
    ErrorCode error = ErrorCode::none;
    Offset low_watermark = kNoOffset;
  };
  // Records below `offset`; delete_records::kToHighWatermark for all.
  Result<Deleted, RpcError> await_delete_records(const TopicPartition& tp, Offset offset,
                                                 TimePoint deadline);

  // All topics, by name.
  Result<std::vector<TopicDescription>, RpcError> await_topics(TimePoint deadline);

 private:
  Env& env_;
  BrokerSession session_;
};

}  // namespace weir
