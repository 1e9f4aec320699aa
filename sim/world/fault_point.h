// FaultPoint: a rate at which a mechanism of the world misbehaves, and how often it was asked, did,
// and took something away from somebody. Set by sim/fault, counted by the mechanism itself.
#pragma once

#include <cstdint>

#include "sim/world/simulator.h"

namespace weir {

struct FaultPoint {
  uint32_t per_million = 0;
  uint64_t asked = 0;      // opportunities while the rate was above zero
  uint64_t fired = 0;
  uint64_t effective = 0;

  bool fires(Simulator& simulator, const Site& site, Stream& stream) {
    if (per_million == 0) return false;
    ++asked;
    if (!simulator.chance(site, stream, per_million)) return false;
    ++fired;
    return true;
  }
  void count(bool had_effect) {
    ++asked;
    ++fired;
    effective += had_effect ? 1 : 0;
  }
};

}  // namespace weir
