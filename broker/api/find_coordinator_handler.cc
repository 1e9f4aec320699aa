#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/find_coordinator.h"

namespace weir {

// There are no coordinators yet, and the code tells clients to look again. Served all the same:
// librdkafka before 2.11 compresses with lz4 only for brokers that announce this API.
std::optional<Reply> await_handle_find_coordinator(ShardContext& shard, Request& /*request*/,
                                                   const RequestFrame& frame) {
  const auto body = decode_body<FindCoordinatorRequest>(frame);
  if (!body) return Reply::close("FindCoordinator: " + body.error().message);
  const bool is_known = body->key_type == CoordinatorType::group ||
                        body->key_type == CoordinatorType::transaction;
  const ErrorCode error =
      is_known ? ErrorCode::coordinator_not_available : ErrorCode::invalid_request;
  const std::string message =
      is_known ? "this broker has no coordinators yet"
               : "coordinators are those of groups (0) and transactions (1)";
  FindCoordinatorResponse response;
  response.error = error;
  response.error_message = message;
  response.node_id = kNoBroker;
  response.port = -1;
  for (const std::string& key : body->coordinator_keys) {
    response.coordinators.push_back({.key = key,
                                     .node_id = kNoBroker,
                                     .port = -1,
                                     .error = error,
                                     .error_message = message});
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
