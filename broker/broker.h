// The broker: builds its parts in order on every shard, serves until told to stop, puts them away.
//
//   shard 0   lock the directory, load topics and producer ids, open every partition on its shard,
//             listen; deal accepted connections out over the first num.network.threads shards
//   others    processors and handlers only; they do what shard 0 sends them
//
// While it serves, shard 0 reads the settings anew when `reload` is asked to.
//
// An orderly stop goes in two steps, led by shard 0: every shard stops reading, answers what it has
// and syncs its logs; only when all have done so do they return.
#pragma once

#include <string>

#include "broker/config.h"
#include "broker/config_reload.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

// Runs on every shard of a process; returns after the stop. Only shard 0 reports a failure to start.
// `reload` may be null and is used by shard 0; `config` is then what parse_config made of what it
// read.
Result<Done, std::string> await_run_broker(Env& env, Event& stop, const BrokerConfig& config,
                                           ConfigReload* reload = nullptr);

}  // namespace weir
