#include <fmt/core.h>

#include "broker/api/doubles.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "broker/api/topic_changes.h"
#include "model/protocol/create_partitions.h"

namespace weir {
namespace {

struct Refusal {
  ErrorCode error = ErrorCode::none;
  std::string message;
};

// What can be decided without touching anything.
Refusal examine(const ShardContext& shard, const CreatePartitionsRequest::Topic& topic) {
  const TopicInfo* const info = shard.metadata.find(topic.name);
  if (info == nullptr) {
    return {ErrorCode::unknown_topic_or_partition, fmt::format("there is no topic {}", topic.name)};
  }
  if (topic.count <= info->partition_count) {
    return {ErrorCode::invalid_partitions,
            fmt::format("topic {} has {} partitions; their number can only grow", topic.name,
                        info->partition_count)};
  }
  if (topic.count > shard.config.max_partitions_per_topic) {
    return {ErrorCode::invalid_partitions,
            fmt::format("a topic has 1 to {} partitions", shard.config.max_partitions_per_topic)};
  }
  if (!topic.assignments) return {};
  if (static_cast<int64_t>(topic.assignments->size()) != topic.count - info->partition_count) {
    return {ErrorCode::invalid_replica_assignment,
            fmt::format("{} new partitions and {} assignments", topic.count - info->partition_count,
                        topic.assignments->size())};
  }
  for (const auto& assignment : *topic.assignments) {
    if (assignment.broker_ids != std::vector{shard.config.broker_id}) {
      return {ErrorCode::invalid_replica_assignment,
              "this broker is the only one a replica can be placed on"};
    }
  }
  return {};
}

}  // namespace

std::optional<Reply> await_handle_create_partitions(ShardContext& shard, Request& /*request*/,
                                                    const RequestFrame& frame) {
  const auto body = decode_body<CreatePartitionsRequest>(frame);
  if (!body) return Reply::close("CreatePartitions: " + body.error().message);
  CreatePartitionsResponse response;
  const Doubles<std::string> doubles = doubled_names(body->topics);
  Doubles<std::string> refused;
  for (const CreatePartitionsRequest::Topic& topic : body->topics) {
    const bool is_double = doubles.contains(topic.name);
    if (is_double && refused.add(topic.name)) continue;
    Refusal refusal = is_double
                          ? Refusal{ErrorCode::invalid_request, "a topic may be named once only"}
                          : examine(shard, topic);
    if (refusal.error == ErrorCode::none && !body->validate_only) {
      refusal.error = await_create_partitions(shard, topic.name, topic.count);
      refusal.message = name(refusal.error);
    }
    CreatePartitionsResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    answer.error = refusal.error;
    if (refusal.error != ErrorCode::none) answer.error_message = std::move(refusal.message);
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
