#include <set>
#include <utility>

#include "broker/api/authorized_operations.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "broker/api/topic_changes.h"
#include "model/protocol/metadata.h"
#include "model/types/topic_name.h"

namespace weir {
namespace {

MetadataResponse::Topic describe(const ShardContext& shard, const std::string& name,
                                 const TopicInfo& info) {
  MetadataResponse::Topic topic;
  topic.name = name;
  topic.topic_id = info.id;
  for (int32_t i = 0; i < info.partition_count; ++i) {
    MetadataResponse::Partition& partition = topic.partitions.emplace_back();
    partition.index = PartitionIndex{i};
    partition.leader_id = shard.config.broker_id;
    partition.leader_epoch = shard.metadata.leader_epoch({name, partition.index});
    partition.replicas = {shard.config.broker_id};
    partition.in_sync_replicas = {shard.config.broker_id};
  }
  return topic;
}

MetadataResponse::Topic await_describe(ShardContext& shard, const MetadataRequest::Topic& asked,
                                       bool may_create) {
  MetadataResponse::Topic unknown;
  unknown.topic_id = asked.topic_id;
  if (!asked.name || !asked.topic_id.is_zero()) {  // an id counts before a name
    const std::string* const name = shard.metadata.name_of(asked.topic_id);
    if (name != nullptr) return describe(shard, *name, *shard.metadata.find(*name));
    unknown.error = ErrorCode::unknown_topic_id;
    return unknown;
  }
  unknown.name = asked.name;
  if (const TopicInfo* info = shard.metadata.find(*asked.name)) {
    return describe(shard, *asked.name, *info);
  }
  if (!is_valid_topic_name(*asked.name)) {
    unknown.error = ErrorCode::invalid_topic_exception;
    return unknown;
  }
  unknown.error = ErrorCode::unknown_topic_or_partition;
  if (!may_create) return unknown;
  const ErrorCode created = await_create_topic(shard, *asked.name, shard.config.num_partitions);
  if (created != ErrorCode::none && created != ErrorCode::topic_already_exists) {
    unknown.error = created;
    return unknown;
  }
  if (const TopicInfo* info = shard.metadata.find(*asked.name)) {
    return describe(shard, *asked.name, *info);
  }
  unknown.error = ErrorCode::leader_not_available;  // retriable: it is being made
  return unknown;
}

}  // namespace

std::optional<Reply> await_handle_metadata(ShardContext& shard, Request& request,
                                           const RequestFrame& frame) {
  const auto body = decode_body<MetadataRequest>(frame);
  if (!body) return Reply::close("Metadata: " + body.error().message);
  MetadataResponse response;
  const Endpoint& at = shard.advertised.at(request.listener);
  response.brokers.push_back({shard.config.broker_id, at.host, at.port, std::nullopt});
  response.cluster_id = shard.cluster_id;
  response.controller_id = shard.config.broker_id;
  if (wants_all_topics(*body, frame.header.version)) {
    for (const auto& [name, info] : shard.metadata.topics()) {
      response.topics.push_back(describe(shard, name, info));
    }
  } else {
    const bool may_create = body->allow_auto_topic_creation && shard.config.auto_create_topics;
    // Once each: an answer is much longer than its question.
    std::set<std::pair<std::optional<std::string>, Uuid>> seen;
    for (const MetadataRequest::Topic& asked : *body->topics) {
      if (!seen.insert({asked.name, asked.topic_id}).second) continue;
      response.topics.push_back(await_describe(shard, asked, may_create));
    }
  }
  if (body->include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kEveryClusterOperation;
  }
  if (body->include_topic_authorized_operations) {
    for (MetadataResponse::Topic& topic : response.topics) {
      if (topic.error == ErrorCode::none) topic.authorized_operations = kEveryTopicOperation;
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
