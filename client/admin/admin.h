// Admin: the cluster's topics and settings, seen and changed.
//
// RpcError says that no answer came (whether the change was made is then unknown); an ErrorCode is
// the broker's own answer.
#pragma once

#include <string>
#include <vector>

#include "client/wire/broker_session.h"
#include "model/protocol/describe_configs.h"
#include "model/protocol/incremental_alter_configs.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "model/types/uuid.h"

namespace weir {

struct TopicDescription {
  std::string name;
  Uuid id;
  int32_t partitions = 0;
};

struct NewTopic {
  std::string name;
  int32_t partitions = -1;  // -1: as many as the broker makes by default
  std::vector<std::pair<std::string, std::string>> configs;
};

struct ConfigResource {
  ConfigResourceType type = ConfigResourceType::topic;
  std::string name;  // of a broker: its id
};

// What the broker says to a change: its code, and in its own words why not ("" when it has none).
struct AdminAnswer {
  ErrorCode error = ErrorCode::none;
  std::string message;
};

class Admin {
 public:
  using ConfigChange = IncrementalAlterConfigsRequest::Config;
  using Configs = DescribeConfigsResponse::Result;  // of one resource

  Admin(Env& env, SessionOptions session) : env_(env), session_(env, std::move(session)) {}
  // `topic_already_exists` may also mean that an earlier attempt, whose answer was lost, made it.
  Result<ErrorCode, RpcError> await_create_topic(const std::string& name, int32_t partitions,
                                                 TimePoint deadline);

  Result<AdminAnswer, RpcError> await_create_topic(const NewTopic& topic, TimePoint deadline);

  Result<ErrorCode, RpcError> await_delete_topic(const std::string& name, TimePoint deadline);
  // `count` partitions in all.
  Result<ErrorCode, RpcError> await_create_partitions(const std::string& name, int32_t count,
                                                      TimePoint deadline);
  // Sets one of the topic's own settings.
  Result<ErrorCode, RpcError> await_set_topic_config(const std::string& topic,
                                                     const std::string& key,
                                                     const std::string& value, TimePoint deadline);
  // All of `changes` or none of them.
  Result<AdminAnswer, RpcError> await_alter_configs(const ConfigResource& resource,
                                                    std::vector<ConfigChange> changes,
                                                    TimePoint deadline);
  // Every setting of the resource, in the broker's order, with where its value comes from.
  Result<Configs, RpcError> await_describe_configs(const ConfigResource& resource,
                                                   TimePoint deadline);
  struct Deleted {
    ErrorCode error = ErrorCode::none;
    Offset low_watermark = kNoOffset;
  };
  // Records below `offset`; delete_records::kToHighWatermark for all.
  Result<Deleted, RpcError> await_delete_records(const TopicPartition& tp, Offset offset,
                                                 TimePoint deadline);

  // The offset that belongs to a time, or with a special of model/protocol/list_offsets.h to an end
  // of the partition; kNoOffset when no record is as late.
  struct Listed {
    ErrorCode error = ErrorCode::none;
    Offset offset = kNoOffset;
  };
  Result<Listed, RpcError> await_offset(const TopicPartition& tp, WallTime timestamp,
                                        TimePoint deadline);

  // All topics, by name.
  Result<std::vector<TopicDescription>, RpcError> await_topics(TimePoint deadline);

 private:
  Env& env_;
  BrokerSession session_;
};

}  // namespace weir
