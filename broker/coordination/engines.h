// Which engine orders the transactions, and how each finds its state at the start.
//
//   no coordinator.servers   solo: one server, and the whole log is its history
//   else                     an ensemble, by coordinator.consensus: what stands in the log behind the snapshot
//                            may never have been committed, so it waits until the leader says so
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/coordination/consensus/consensus.h"
#include "broker/coordination/coordinator_config.h"
#include "broker/coordination/server/server.h"
#include "broker/coordination/storage/txn_store.h"
#include "sim/env/env.h"
#include "sim/fiber/semaphore.h"

namespace weir {

struct Engine {
  explicit Engine(Scheduler& scheduler) : held(std::make_unique<Mutex>(scheduler)), snapshots(*held) {}
  std::unique_ptr<Mutex> held;
  Mutex& snapshots;                    // held by whoever writes one
  std::unique_ptr<Listener> listener;  // for the other servers
  std::unique_ptr<RunningConsensus> consensus;
};

// Whether its members make an ensemble, this server among them.
Result<Done, std::string> check_ensemble(const CoordinatorConfig& config);
// "solo", "raft", "zab": a store belongs to one for ever.
std::string_view engine_name(const CoordinatorConfig& config);
// `state`, which is new, as its engine wants to find it.
Result<Done, std::string> await_restore(Env& env, TxnStore& store, const CoordinatorConfig& config,
                                        CoordinationState& state);
// `await_install`: a snapshot has replaced the store's history, and the state has to follow.
Result<Engine, std::string> await_make_engine(Env& env, TxnStore& store,
                                              const CoordinatorConfig& config,
                                              UniqueFunction<Result<Done, std::string>()> await_install);

}  // namespace weir
