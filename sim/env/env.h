// Env: the world, as an argument.
//
// One Env per shard of a node. Product code reaches time, fibers, network, disk, chance and the
// other shards through it and through nothing else, and cannot tell which world made it. Parts take
// only the members that they use. The references live as long as the node's process.
#pragma once

#include "sim/env/buggify.h"
#include "sim/env/clock.h"
#include "sim/env/disk.h"
#include "sim/env/log.h"
#include "sim/env/network.h"
#include "sim/env/random.h"
#include "sim/env/scheduler.h"
#include "sim/env/shards.h"
#include "sim/env/trace.h"

namespace weir {

struct Env {
  Clock& clock;
  Scheduler& scheduler;
  Network& network;
  Disk& disk;
  Random& random;
  Trace& trace;
  Log& log;
  Shards& shards;
  Buggify& buggify;
};

}  // namespace weir
