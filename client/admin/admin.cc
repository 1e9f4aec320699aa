#include "client/admin/admin.h"

#include <algorithm>

#include "model/protocol/create_partitions.h"
#include "model/protocol/create_topics.h"
#include "model/protocol/delete_records.h"
#include "model/protocol/delete_topics.h"
#include "model/protocol/list_offsets.h"
#include "model/protocol/metadata.h"

namespace weir {

Result<ErrorCode, RpcError> Admin::await_create_topic(const std::string& name, int32_t partitions,
                                                      TimePoint deadline) {
  return TRY(await_create_topic({.name = name, .partitions = partitions}, deadline)).error;
}

Result<AdminAnswer, RpcError> Admin::await_create_topic(const NewTopic& wanted,
                                                        TimePoint deadline) {
  CreateTopicsRequest request;
  CreateTopicsRequest::Topic& topic = request.topics.emplace_back();
  topic.name = wanted.name;
  topic.num_partitions = wanted.partitions;
  topic.replication_factor = 1;
  for (const auto& [key, value] : wanted.configs) topic.configs.push_back({key, value});
  const auto answer = TRY(session_.await_call<CreateTopicsResponse>(
      5, request, std::min(deadline, env_.clock.now() + seconds(5))));
  if (answer.topics.size() != 1) return AdminAnswer{ErrorCode::unknown_server_error, ""};
  return AdminAnswer{answer.topics[0].error, answer.topics[0].error_message.value_or("")};
}

Result<ErrorCode, RpcError> Admin::await_delete_topic(const std::string& name, TimePoint deadline) {
  DeleteTopicsRequest request;
  request.topic_names.push_back(name);
  const auto answer = TRY(session_.await_call<DeleteTopicsResponse>(5, request, deadline));
  if (answer.topics.size() != 1) return ErrorCode::unknown_server_error;
  return answer.topics[0].error;
}

Result<ErrorCode, RpcError> Admin::await_create_partitions(const std::string& name, int32_t count,
                                                           TimePoint deadline) {
  CreatePartitionsRequest request;
  CreatePartitionsRequest::Topic& topic = request.topics.emplace_back();
  topic.name = name;
  topic.count = count;
  const auto answer = TRY(session_.await_call<CreatePartitionsResponse>(3, request, deadline));
  if (answer.topics.size() != 1) return ErrorCode::unknown_server_error;
  return answer.topics[0].error;
}

Result<ErrorCode, RpcError> Admin::await_set_topic_config(const std::string& topic,
                                                          const std::string& key,
                                                          const std::string& value,
                                                          TimePoint deadline) {
  return TRY(await_alter_configs({ConfigResourceType::topic, topic},
                                 {{key, AlterConfigOp::set, value}}, deadline))
      .error;
}

Result<AdminAnswer, RpcError> Admin::await_alter_configs(const ConfigResource& wanted,
                                                         std::vector<ConfigChange> changes,
                                                         TimePoint deadline) {
  IncrementalAlterConfigsRequest request;
  request.resources.push_back({wanted.type, wanted.name, std::move(changes)});
  const auto answer =
      TRY(session_.await_call<IncrementalAlterConfigsResponse>(1, request, deadline));
  if (answer.results.size() != 1) return AdminAnswer{ErrorCode::unknown_server_error, ""};
  return AdminAnswer{answer.results[0].error, answer.results[0].error_message.value_or("")};
}

Result<Admin::Configs, RpcError> Admin::await_describe_configs(const ConfigResource& wanted,
                                                               TimePoint deadline) {
  DescribeConfigsRequest request;
  request.resources.push_back({wanted.type, wanted.name, std::nullopt});
  auto answer = TRY(session_.await_call<DescribeConfigsResponse>(4, request, deadline));
  if (answer.results.size() != 1) return Configs{.error = ErrorCode::unknown_server_error};
  return std::move(answer.results[0]);
}

Result<Admin::Deleted, RpcError> Admin::await_delete_records(const TopicPartition& tp,
                                                             Offset offset, TimePoint deadline) {
  DeleteRecordsRequest request;
  DeleteRecordsRequest::Topic& topic = request.topics.emplace_back();
  topic.name = tp.topic;
  topic.partitions.push_back({tp.partition, offset});
  const auto answer = TRY(session_.await_call<DeleteRecordsResponse>(2, request, deadline));
  if (answer.topics.size() != 1 || answer.topics[0].partitions.size() != 1) {
    return Deleted{ErrorCode::unknown_server_error, kNoOffset};
  }
  const DeleteRecordsResponse::Partition& partition = answer.topics[0].partitions[0];
  return Deleted{partition.error, partition.low_watermark};
}

Result<Admin::Listed, RpcError> Admin::await_offset(const TopicPartition& tp, WallTime timestamp,
                                                    TimePoint deadline) {
  ListOffsetsRequest request;
  ListOffsetsRequest::Topic& topic = request.topics.emplace_back();
  topic.name = tp.topic;
  topic.partitions.push_back({.index = tp.partition, .timestamp_ms = timestamp});
  const auto answer = TRY(session_.await_call<ListOffsetsResponse>(6, request, deadline));
  if (answer.topics.size() != 1 || answer.topics[0].partitions.size() != 1) {
    return Listed{ErrorCode::unknown_server_error, kNoOffset};
  }
  const ListOffsetsResponse::Partition& partition = answer.topics[0].partitions[0];
  return Listed{partition.error, partition.offset};
}

Result<std::vector<TopicDescription>, RpcError> Admin::await_topics(TimePoint deadline) {
  const auto answer = TRY(session_.await_call<MetadataResponse>(12, MetadataRequest{}, deadline));
  std::vector<TopicDescription> topics;
  for (const MetadataResponse::Topic& topic : answer.topics) {
    topics.push_back(
        {topic.name.value_or(""), topic.topic_id, static_cast<int32_t>(topic.partitions.size())});
  }
  std::sort(topics.begin(), topics.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return topics;
}

}  // namespace weir
