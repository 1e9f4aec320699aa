// The command line of weir-sim, as a function: the real tool has no hooks, the tests of the checks
// themselves link it with planted leaks.
#pragma once

#include "scenarios/host/worker.h"

namespace weir {

int weir_sim_main(int argc, char** argv, const PlantedHooks& hooks);

}  // namespace weir
