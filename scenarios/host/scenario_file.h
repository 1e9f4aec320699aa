// A scenario of a user's own, as a TOML file: constraints (scenarios/swarm.h); what it leaves open is
// drawn from the seed.
//
//   name = "two-shards-in-the-dark"
//   summary = "power failures on a broker of two shards"
//   base = "power-loss"              # optional: a built-in scenario to start from, faults included
//   kind_off_per_million = 300000    # the chance of each kind to be left out of a run
//   tick_us = 10000                  # each kind may begin at each tick
//   faults_from_us = 5000
//   faults_until_us = 700000
//
//   [keys]                           # any key of a plan but texts
//   shards = 2                       # is that
//   producers = [1, 4]               # one of these
//   think_time_max_us = {from = 1000, to = 30000}
//   flush_before_ack = true
//
//   [[fault]]                        # replaces the rule that the base has for this kind
//   kind = "power-loss"
//   per_tick_per_million = 40000     # 0 forbids it
//   lasts_us = {from = 1000, to = 150000}
//   per_million = {from = 2000, to = 300000}   # of kinds with a rate
//   bytes_per_second = {from = 20000, to = 10000000}   # the kind's own amount
#pragma once

#include <string>
#include <string_view>

#include "scenarios/swarm.h"
#include "sim/base/result.h"

namespace weir {

Result<Constraints, std::string> scenario_from_toml(std::string_view text);

}  // namespace weir
