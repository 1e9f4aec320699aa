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

class SoloConsensus final : public RunningConsensus {
 public:
  SoloConsensus(Env& env, TxnStore& store) : env_(env), store_(store), work_(env.scheduler) {
    last_ = store.last_zxid();
  }

  std::optional<Zxid> propose(Buffer payload) override;
  void confirm(uint64_t id) override;
  void send(ServerId to, Buffer message, Urgency urgency) override;
  [[nodiscard]] ServerId self() const override { return ServerId{0}; }
  void purged() override {}

  // Returns after close() when all that was proposed is applied.
  Result<Done, StorageError> await_run(StateMachine& state) override;
  void close() override;

 private:
  Env& env_;
  TxnStore& store_;
  WaitList work_;
  std::vector<TxnRecord> proposed_;
  std::vector<uint64_t> confirms_;
  Zxid last_;
  bool closed_ = false;
};

}  // namespace weir
