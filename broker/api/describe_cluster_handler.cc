#include "broker/api/authorized_operations.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/describe_cluster.h"

namespace weir {
std::optional<Reply> await_handle_describe_cluster(ShardContext& shard, Request& request,
                                                   const RequestFrame& frame) {
  const auto body = decode_body<DescribeClusterRequest>(frame);
  if (!body) return Reply::close("DescribeCluster: " + body.error().message);
  DescribeClusterResponse response;
  if (body->endpoint_type != EndpointType::brokers) {
    response.error = body->endpoint_type == EndpointType::controllers
                         ? ErrorCode::mismatched_endpoint_type
                         : ErrorCode::unsupported_endpoint_type;
    response.error_message = "this is a broker's listener: ask for the endpoints of brokers (1)";
    return respond(shard, frame.header, response);
  }
  const Endpoint& at = shard.advertised.at(request.listener);
  response.cluster_id = shard.cluster_id;
  response.controller_id = shard.config.broker_id;
  response.brokers.push_back({shard.config.broker_id, at.host, at.port, std::nullopt});
  if (body->include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kEveryClusterOperation;
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
