// The coordination service of one process: what a broker without a ZooKeeper of its own keeps its cluster's
// state in, or what `weir-broker --role coordinator` serves alone.
//
//   store ──recover──> state ──> server <── consensus <── store
//
// Its data lies in `<root>/coordination`. It serves ZooKeeper's client protocol, so every client of
// ZooKeeper is one of its clients.
#pragma once

#include <string>

#include "broker/coordination/coordinator_config.h"
#include "sim/base/result.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

// Runs on shard 0; returns after the stop, or with the reason why it cannot start or go on.
Result<Done, std::string> await_run_coordinator(Env& env, Event& stop, const CoordinatorConfig& config);

}  // namespace weir
