// The worker process: reads requests (a plan each) as JSON lines, runs them, answers with records.
//
// Runs happen in workers so that a crash of the code under test is a finding and not the end, and so
// that `verify` can give its second side another environment. Runs of a worker share their stacks, so what a run
// reads where nothing was written is left of those before it; `verify` fills them, and shows such reads. With noise > 0 the worker makes that
// difference on purpose before each run: the heap is fragmented, freed memory and fiber stacks are
// filled, another plan has run before.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "scenarios/run.h"

namespace weir {

// Changes to a run that are named by its plan's planted_bug; for tests of the checks themselves.
using PlantedHooks = std::map<std::string, std::function<void(World&)>>;

// Until standard input ends. Gives the exit status.
int run_worker(uint64_t noise, const PlantedHooks& hooks);

}  // namespace weir
