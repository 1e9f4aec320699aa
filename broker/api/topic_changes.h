// Changes of which topics and partitions there are. All of them are shard 0's work, one at a time; each
// is durable before it is answered.
//
//   create      directories, the line in the topic store, the logs on their shards, then every shard
//               knows the topic: whoever sees it can use it
//   partitions  the same for the ones that are new
//   delete      the line goes first: from then on the topic is gone, whatever happens; then no shard
//               knows it, the logs go, and the checkpoints forget it, so that a topic of the same name
//               inherits nothing
#pragma once

#include <string>

#include "broker/api/shard_context.h"

namespace weir {

// `configs`: settings of its own that are known to be good. Called with the context of the calling handler's shard.
ErrorCode await_create_topic(ShardContext& shard, const std::string& name, int32_t partitions,
                             const Settings& configs = {});
ErrorCode await_delete_topic(ShardContext& shard, const std::string& name);
// `count` partitions in all, more than there are.
ErrorCode await_create_partitions(ShardContext& shard, const std::string& name, int32_t count);

// At start, on shard 0: opens every log that the topic store knows, on all shards at once and
// num.recovery.threads.per.data.dir at a time on each; then every shard knows the topics. Logs that were
// being deleted go.
Result<Done, IoError> await_open_topics(ShardContext& shard0);

}  // namespace weir
