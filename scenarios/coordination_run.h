// A plan about the coordination service, in one simulated world, judged: as run_plan (run.h), with the znode
// workload and the znode oracle. Everything that was acked survives every power loss.
#pragma once

#include "scenarios/run.h"

namespace weir {

RunRecord run_coordination_plan(const Plan& plan, const RunOptions& options);

}  // namespace weir
