// Program: what a process runs, in either world.
//
// The world calls it once on every shard, in a fiber, with that shard's Env. It returns when `stop`
// is set and its work is put away (an orderly stop), or on its own. When it has returned on every
// shard the process is over; a killed or powerless node never returns, its fibers are unwound.
#pragma once

#include <functional>

#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

using Program = std::function<void(Env& env, Event& stop)>;

}  // namespace weir
