// Scrape: the pages of weir.metrics.listener, answered by shard 0 with what every shard counts.
//
//   /metrics        all metrics (broker/metrics/metric_table.h)
//   /health/live    200 as long as the process answers
//   /health/ready   200 or 503 (health.h); /v1/status/ready is the same, for who expects it there
//
// A page stays bounded: APIs and versions that were never asked for have no series, and partitions
// beyond the first kMaxPartitionSeries, by name, are only counted; topics beyond the first
// kMaxTopicSeries are counted together (broker/metrics/topic_metrics.h).
#pragma once

#include "broker/api/shard_context.h"
#include "broker/metrics/http_request.h"

namespace weir {

inline constexpr size_t kMaxPartitionSeries = 2000;

// On shard 0. May suspend.
HttpAnswer await_answer_scrape(ShardContext& shard0, const HttpRequest& request);

}  // namespace weir
