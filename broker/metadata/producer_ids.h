// ProducerIds: hands out producer ids that no earlier life of this broker has handed out.
//
// Ids are reserved in blocks: the end of the block is on disk (synced) before its first id leaves.
// A crash wastes the rest of a block and repeats nothing. Owned by shard 0.
#pragma once

#include "model/types/ids.h"
#include "sim/base/result.h"
#include "sim/env/env.h"
#include "sim/fiber/semaphore.h"

namespace weir {

class ProducerIds {
 public:
  static constexpr int64_t kBlock = 1000;
  explicit ProducerIds(Env& env) : env_(env), reserving_(env.scheduler) {}
  Result<Done, IoError> await_load();
  Result<ProducerId, IoError> await_next();

 private:
  Env& env_;
  Mutex reserving_;
  int64_t next_ = 0;
  int64_t reserved_end_ = 0;
};

}  // namespace weir
