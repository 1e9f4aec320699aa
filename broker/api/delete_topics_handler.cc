#include <fmt/core.h>

#include <utility>

#include "broker/api/doubles.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "broker/api/topic_changes.h"
#include "model/protocol/delete_topics.h"

namespace weir {
namespace {

void refuse(DeleteTopicsResponse::Topic& answer, ErrorCode error, std::string message) {
  answer.error = error;
  answer.error_message = std::move(message);
}

void await_delete(ShardContext& shard, DeleteTopicsResponse::Topic& answer) {
  if (!shard.config.delete_topics) {
    return refuse(answer, ErrorCode::topic_deletion_disabled, "delete.topic.enable is false");
  }
  if (!answer.name) {
    const std::string* const name = shard.metadata.name_of(answer.topic_id);
    if (name == nullptr) {
      return refuse(answer, ErrorCode::unknown_topic_id, "no topic has this id");
    }
    answer.name = *name;
  } else if (const TopicInfo* const info = shard.metadata.find(*answer.name)) {
    answer.topic_id = info->id;
  }
  const ErrorCode deleted = await_delete_topic(shard, *answer.name);
  if (deleted == ErrorCode::unknown_topic_or_partition) {
    return refuse(answer, deleted, fmt::format("there is no topic {}", *answer.name));
  }
  if (deleted != ErrorCode::none) refuse(answer, deleted, std::string(name(deleted)));
}

// What a request means by a name or an id: the topic's id if there is such a topic.
using Target = std::pair<std::string, Uuid>;

Target target_of(const ShardContext& shard, const DeleteTopicsResponse::Topic& asked) {
  if (!asked.name) return {"", asked.topic_id};
  const TopicInfo* const info = shard.metadata.find(*asked.name);
  return info == nullptr ? Target{*asked.name, {}} : Target{"", info->id};
}

Doubles<Target> doubled_targets(const ShardContext& shard,
                                const std::vector<DeleteTopicsResponse::Topic>& asked) {
  Doubles<Target> doubles;
  for (const DeleteTopicsResponse::Topic& topic : asked) doubles.add(target_of(shard, topic));
  return doubles;
}

}  // namespace

std::optional<Reply> await_handle_delete_topics(ShardContext& shard, Request& /*request*/,
                                                const RequestFrame& frame) {
  const auto body = decode_body<DeleteTopicsRequest>(frame);
  if (!body) return Reply::close("DeleteTopics: " + body.error().message);
  DeleteTopicsResponse response;
  for (const std::string& name : body->topic_names) {
    response.topics.push_back({.name = name, .topic_id = {}});
  }
  for (const DeleteTopicsRequest::Topic& topic : body->topics) {
    response.topics.push_back({.name = topic.name, .topic_id = topic.topic_id});
  }
  const Doubles<Target> doubles = doubled_targets(shard, response.topics);
  Doubles<Target> refused;
  std::erase_if(response.topics, [&](const DeleteTopicsResponse::Topic& topic) {
    const Target target = target_of(shard, topic);
    return doubles.contains(target) && refused.add(target);
  });
  for (DeleteTopicsResponse::Topic& answer : response.topics) {
    if (answer.name && !answer.topic_id.is_zero()) {
      refuse(answer, ErrorCode::invalid_request, "a topic has a name or an id here, not both");
    } else if (!answer.name && answer.topic_id.is_zero()) {
      refuse(answer, ErrorCode::invalid_request, "a topic is named by its name or its id");
    } else if (doubles.contains(target_of(shard, answer))) {
      refuse(answer, ErrorCode::invalid_request, "a topic may be named once only");
    } else {
      await_delete(shard, answer);
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
