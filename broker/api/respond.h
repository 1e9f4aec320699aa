// How handlers answer: the errors in the answer are counted, then it is encoded.
#pragma once

#include "broker/api/shard_context.h"
#include "model/protocol/error_visitor.h"
#include "model/protocol/header.h"

namespace weir {

template <class R>
void count_errors(ShardContext& shard, int16_t version, const R& response) {
  ApiMetrics& api = shard.metrics.of(R::kKey);
  for_each_error(response, version, [&api](ErrorCode error) { api.count_error(error); });
}

template <class R>
Reply respond(ShardContext& shard, const RequestHeader& request, const R& response) {
  count_errors(shard, request.version, response);
  return Reply::send(encode_response(request, response));
}

}  // namespace weir
