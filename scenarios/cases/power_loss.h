// Scenario power-loss: what was acknowledged is there after the power comes back.
#pragma once

#include "scenarios/registry.h"

namespace weir {

Plan resolve_power_loss(uint64_t seed, const Wishes& wishes);

}  // namespace weir
