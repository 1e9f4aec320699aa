// Solo: consensus of one server with its own disk.
//
//   propose ──> queue ──> append all that waits ──> one sync ──> apply each, in order
//
// What is applied is on the disk, so what a client was told survives. All that is proposed while a sync is
// under way goes with the next one (group commit). Zxids count on from the last one in the log, as
// ZooKeeper's do in standalone mode.
//
// After a failed append or sync nothing is known of what was not synced (fsyncgate), so it orders nothing any
// more; await_run returns the reason and the process should end.
#pragma once

#include <vector>

#include "broker/coordination/consensus/consensus.h"
#include "broker/coordination/storage/txn_store.h"
#include "sim/fiber/wait.h"

namespace weir {

class SoloConsensus final : public Consensus {
 public:
  SoloConsensus(Env& env, TxnStore& store) : env_(env), store_(store), work_(env.scheduler) {
    last_ = store.last_zxid();
  }

  [[nodiscard]] bool leads() const override { return !closed_; }
  std::optional<Zxid> propose(Buffer payload) override;

  // The engine's fiber: returns after close(), when all that was proposed is applied, or with a failure.
  Result<Done, StorageError> await_run(StateMachine& state);
  void close();

 private:
  Env& env_;
  TxnStore& store_;
  WaitList work_;
  std::vector<TxnRecord> proposed_;
  Zxid last_;
  bool closed_ = false;
};

}  // namespace weir
