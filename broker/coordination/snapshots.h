// When a server writes snapshots of its state, and how it reads one back.
#pragma once

#include <string>

#include "broker/coordination/server/server.h"
#include "broker/coordination/storage/txn_store.h"
#include "sim/fiber/semaphore.h"
#include "sim/fiber/wait.h"

namespace weir {

// `state`, which is new, as of the newest whole snapshot; as it was when there is none.
Result<Done, std::string> await_restore_snapshot(TxnStore& store, CoordinationState& state);

// Writes a fuzzy snapshot whenever `every` transactions were applied since the last one (snapCount), in pieces
// between which everything else goes on, and purges what it makes needless.
class SnapshotTaker {
 public:
  // `one_at_a_time` is held by whoever writes a snapshot.
  SnapshotTaker(Env& env, TxnStore& store, const CoordinationState& state, Mutex& one_at_a_time,
                RunningConsensus& consensus, uint64_t every)
      : env_(env),
        store_(store),
        state_(state),
        one_at_a_time_(one_at_a_time),
        consensus_(consensus),
        every_(every),
        stop_(env.scheduler) {}

  // The taker's fiber: returns after close(), or with a failure of the disk that only an end helps.
  Result<Done, StorageError> await_run();
  void close() { stop_.request(); }

 private:
  Result<Done, StorageError> await_take();

  Env& env_;
  TxnStore& store_;
  const CoordinationState& state_;
  Mutex& one_at_a_time_;
  RunningConsensus& consensus_;
  const uint64_t every_;
  Cancel stop_;
};

}  // namespace weir
