#include "client/admin/admin.h"

#include "model/protocol/create_topics.h"

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

}  // namespace weir
