// Checkpoints: what is remembered of all logs outside of their directories, in Kafka's files.
//
//   recovery-point-offset-checkpoint   everything below these offsets was synced
//   log-start-offset-checkpoint        where logs begin whose first records were deleted
//
// Written by shard 0 from what the shards say: every now and then, when records or a topic were deleted
// and at an orderly stop. They may be old, which costs a longer recovery, but never ahead.
#pragma once

#include "broker/api/shard_context.h"

namespace weir {

struct Checkpoints {
  OffsetCheckpoint recovery_points;
  OffsetCheckpoint log_starts;
  [[nodiscard]] LogOpening of(const TopicPartition& tp) const;
};

// What is not there or is no checkpoint counts as nothing known; the log says so.
Checkpoints await_read_checkpoints(Env& env);
// On shard 0; one at a time.
Result<Done, IoError> await_write_checkpoints(ShardContext& shard0);

}  // namespace weir
