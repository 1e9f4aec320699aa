#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/init_producer_id.h"

namespace weir {

std::optional<Reply> await_handle_init_producer_id(ShardContext& shard, Request& /*request*/,
                                                   const RequestFrame& frame) {
  const auto body = decode_body<InitProducerIdRequest>(frame);
  if (!body) return Reply::close("InitProducerId: " + body.error().message);
  InitProducerIdResponse response;
  response.producer_epoch = kNoProducerEpoch;
  if (body->transactional_id) {
    // There is no transaction coordinator yet; the code tells clients to look for one again.
    response.error = ErrorCode::coordinator_not_available;
  } else if ((body->producer_id == kNoProducerId) != (body->producer_epoch == kNoProducerEpoch)) {
    response.error = ErrorCode::invalid_request;  // an id and its epoch go together
  } else {
    const auto id = shard.await_on(
        0, [](ShardContext& shard0) { return shard0.cluster->producer_ids.await_next(); });
    if (id) {
      response.producer_id = *id;
      response.producer_epoch = ProducerEpoch{0};
    } else {
      response.error = ErrorCode::kafka_storage_error;
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
