#include <fmt/core.h>

#include <set>

#include "broker/api/config_view.h"
#include "broker/api/doubles.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
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

void examine_assignments(const ShardContext& shard, const CreateTopicsRequest::Topic& topic,
                         Wish& wish) {
  wish.partitions = static_cast<int32_t>(topic.assignments.size());
  if (topic.num_partitions != -1 || topic.replication_factor != -1) {
    wish.error = ErrorCode::invalid_request;
    wish.message = "with assignments the numbers of partitions and replicas have to be -1";
    return;
  }
  std::set<int32_t> indexes;
  for (const auto& assignment : topic.assignments) {
    indexes.insert(assignment.index.value());
    if (assignment.broker_ids != std::vector{shard.config.broker_id}) {
      wish.error = ErrorCode::invalid_replica_assignment;
      wish.message = "this broker is the only one a replica can be placed on";
    }
  }
  if (static_cast<int32_t>(indexes.size()) != wish.partitions || *indexes.begin() != 0 ||
      *indexes.rbegin() != wish.partitions - 1) {
    wish.error = ErrorCode::invalid_replica_assignment;
    wish.message = "the assigned partitions have to be 0, 1, 2 and so on, each once";
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
    examine_assignments(shard, topic, wish);
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
  const Doubles<std::string> doubles = doubled_names(body->topics);
  Doubles<std::string> refused;
  for (const CreateTopicsRequest::Topic& topic : body->topics) {
    const bool is_double = doubles.contains(topic.name);
    if (is_double && refused.add(topic.name)) continue;
    Wish wish = is_double
                    ? Wish{ErrorCode::invalid_request, "a topic may be named once only", 0, {}}
                    : examine(shard, topic);
    if (wish.error == ErrorCode::none && !body->validate_only) {
      wish.error = await_create_topic(shard, topic.name, wish.partitions, wish.configs);
      wish.message = name(wish.error);
    }
    CreateTopicsResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    answer.error = wish.error;
    answer.configs.emplace();
    if (wish.error != ErrorCode::none) {
      answer.error_message = std::move(wish.message);
      continue;
    }
    if (const TopicInfo* info = shard.metadata.find(topic.name)) answer.topic_id = info->id;
    answer.num_partitions = wish.partitions;
    answer.replication_factor = 1;
    for (DescribedConfig& config : describe_topic(shard, wish.configs)) {
      const ConfigSource source = config.source();
      answer.configs->push_back(
          {std::move(config.name), std::move(config.value), false, source, false});
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
