// The broker: builds its parts in order on every shard, serves until told to stop, puts them away.
//
//   shard 0   lock the directory, load topics and producer ids, open every partition on its shard,
//             listen; deal accepted connections out over the first num.network.threads shards
//   others    processors and handlers only; they do what shard 0 sends them
//
// An orderly stop goes in two steps, led by shard 0: every shard stops reading, answers what it has
// and syncs its logs; only when all have done so do they return.
#pragma once

#include <string>

#include "broker/config.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

// Runs on every shard of a process; returns after the stop. Only shard 0 reports a failure to start.
Result<Done, std::string> await_run_broker(Env& env, Event& stop, const BrokerConfig& config);

}  // namespace weir
