#include "broker/api/handlers.h"
#include "model/protocol/describe_cluster.h"

namespace weir {
namespace {

// A bit for each operation of Kafka's ACLs on a cluster. Without an authorizer everybody may do all:
// create 5, alter 7, describe 8, cluster action 9, describe configs 10, alter configs 11,
// idempotent write 12.
constexpr int32_t kEveryOperation = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

}  // namespace

std::optional<Reply> await_handle_describe_cluster(ShardContext& shard, Request& request,
                                                   const RequestFrame& frame) {
  const auto body = decode_body<DescribeClusterRequest>(frame);
  if (!body) return Reply::close("DescribeCluster: " + body.error().message);
  DescribeClusterResponse response;
  if (body->endpoint_type != EndpointType::brokers) {
    response.error = ErrorCode::mismatched_endpoint_type;
    response.error_message = "this is a broker's listener: ask for the endpoints of brokers";
    return Reply::send(encode_response(frame.header, response));
  }
  const Endpoint& at = shard.advertised.at(request.listener);
  response.cluster_id = shard.cluster_id;
  response.controller_id = shard.config.broker_id;
  response.brokers.push_back({shard.config.broker_id, at.host, at.port, std::nullopt});
  if (body->include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kEveryOperation;
  }
  return Reply::send(encode_response(frame.header, response));
}

}  // namespace weir
