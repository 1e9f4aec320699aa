#include <fmt/core.h>

#include "broker/api/config_view.h"
#include "broker/api/handlers.h"
#include "broker/api/topic_changes.h"
#include "broker/config/config_edit.h"
#include "model/protocol/create_topics.h"
#include "model/types/topic_name.h"

namespace weir {
namespace {

struct Wish {
  ErrorCode error = ErrorCode::none;
  std::string message;
  int32_t partitions = 0;
  Settings configs;
};

void examine_configs(const ShardContext& shard, const CreateTopicsRequest::Topic& topic,
                     Wish& wish) {
  std::vector<ConfigEdit> edits;
  for (const CreateTopicsRequest::Config& config : topic.configs) {
    edits.push_back({config.name, AlterConfigOp::set, config.value});
  }
  auto configs = edit_topic_settings(shard.config, {}, edits);
  if (configs) {
    wish.configs = std::move(*configs);
  } else {
    // Of a new topic everything about its settings is INVALID_CONFIG, as in Kafka.
    wish.error = ErrorCode::invalid_config;
    wish.message = configs.error().message;
  }
}

// What of the request can be decided without touching anything.
Wish examine(const ShardContext& shard, const CreateTopicsRequest::Topic& topic) {
  Wish wish;
  if (!is_valid_topic_name(topic.name)) {
    wish.error = ErrorCode::invalid_topic_exception;
    wish.message = "a topic's name has 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-'";
  } else if (shard.metadata.find(topic.name) != nullptr) {
    wish.error = ErrorCode::topic_already_exists;
    wish.message = fmt::format("topic {} exists already", topic.name);
  } else if (!topic.assignments.empty()) {
    wish.partitions = static_cast<int32_t>(topic.assignments.size());
    for (const auto& assignment : topic.assignments) {
      if (assignment.broker_ids != std::vector{shard.config.broker_id}) {
        wish.error = ErrorCode::invalid_replica_assignment;
        wish.message = "this broker is the only one a replica can be placed on";
      }
    }
  } else if (topic.replication_factor != 1 && topic.replication_factor != -1) {
    wish.error = ErrorCode::invalid_replication_factor;
    wish.message = fmt::format("replication factor {} with 1 broker", topic.replication_factor);
  } else {
    wish.partitions = topic.num_partitions == -1 ? shard.config.num_partitions
                                                 : topic.num_partitions;
  }
  if (wish.error == ErrorCode::none &&
      (wish.partitions < 1 || wish.partitions > shard.config.max_partitions_per_topic)) {
    wish.error = ErrorCode::invalid_partitions;
    wish.message = fmt::format("a topic has 1 to {} partitions",
                               shard.config.max_partitions_per_topic);
  }
  if (wish.error == ErrorCode::none) examine_configs(shard, topic, wish);
  return wish;
}

}  // namespace

std::optional<Reply> await_handle_create_topics(ShardContext& shard, Request& /*request*/,
                                                const RequestFrame& frame) {
  const auto body = decode_body<CreateTopicsRequest>(frame);
  if (!body) return Reply::close("CreateTopics: " + body.error().message);
  CreateTopicsResponse response;
  for (const CreateTopicsRequest::Topic& topic : body->topics) {
    Wish wish = examine(shard, topic);
    if (wish.error == ErrorCode::none && !body->validate_only) {
      wish.error = await_create_topic(shard, topic.name, wish.partitions, wish.configs);
      wish.message = name(wish.error);
    }
    CreateTopicsResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    answer.error = wish.error;
    if (wish.error != ErrorCode::none) {
      answer.error_message = std::move(wish.message);
      continue;
    }
    if (const TopicInfo* info = shard.metadata.find(topic.name)) answer.topic_id = info->id;
    answer.num_partitions = wish.partitions;
    answer.replication_factor = 1;
    answer.configs.emplace();
    for (DescribedConfig& config : describe_topic(shard, wish.configs)) {
      const ConfigSource source = config.source();
      answer.configs->push_back(
          {std::move(config.name), std::move(config.value), false, source, false});
    }
  }
  return Reply::send(encode_response(frame.header, response));
}

}  // namespace weir
