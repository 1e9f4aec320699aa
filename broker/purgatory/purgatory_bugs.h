// The bugs that a run can plant in the purgatory, to prove that the oracles find them
// (sim/env/buggify.h).
#pragma once

#include "sim/base/site.h"

namespace weir::purgatory_bug {

inline constexpr Site kTimerLost{"bug.timer-lost-on-the-wheel"};

}  // namespace weir::purgatory_bug
