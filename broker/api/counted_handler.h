// A request's way through its handler, counted in the shard's metrics (broker/metrics/shard_metrics.h).
#pragma once

#include "broker/api/handlers.h"

namespace weir {

// As await_handle. A request that was parked and comes again counts once; its time goes on.
std::optional<Reply> await_handle_counted(ShardContext& shard, Request& request);

}  // namespace weir
