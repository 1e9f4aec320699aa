#include "client/admin/admin.h"

#include <algorithm>

#include "model/protocol/create_topics.h"
#include "model/protocol/metadata.h"

namespace weir {

Result<ErrorCode, RpcError> Admin::await_create_topic(const std::string& name, int32_t partitions,
                                                      TimePoint deadline) {
  CreateTopicsRequest request;
  CreateTopicsRequest::Topic& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = 1;
  const auto answer = TRY(session_.await_call<CreateTopicsResponse>(
      5, request, std::min(deadline, env_.clock.now() + seconds(5))));
  if (answer.topics.size() != 1) return ErrorCode::unknown_server_error;
  return answer.topics[0].error;
}

Result<std::vector<TopicDescription>, RpcError> Admin::await_topics(TimePoint deadline) {
  const auto answer =
      TRY(session_.await_call<MetadataResponse>(12, MetadataRequest{}, deadline));
  std::vector<TopicDescription> topics;
  for (const MetadataResponse::Topic& topic : answer.topics) {
    topics.push_back({topic.name.value_or(""), topic.topic_id,
                      static_cast<int32_t>(topic.partitions.size())});
  }
  std::sort(topics.begin(), topics.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return topics;
}

}  // namespace weir
