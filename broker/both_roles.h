// A broker and a server of the coordination service in one process, on one data directory: nothing else to
// install, as with Kafka's process.roles=broker,controller.
//
// Both run on shard 0, the broker on the others too. At the end the broker goes first: what it keeps in the
// coordination service it can still put away. If one of them cannot go on the other is stopped.
#pragma once

#include <string>

#include "broker/config.h"
#include "broker/config_reload.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

// As await_run_broker (broker/broker.h), on every shard.
Result<Done, std::string> await_run_both(Env& env, Event& stop, const BrokerConfig& config,
                                         ConfigReload* reload = nullptr);

}  // namespace weir
