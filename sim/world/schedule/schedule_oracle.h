// make_schedule_oracle: the oracle of a run for a ScheduleChoice.
//
// `stream` draws priorities, change points and places of delays, so it hangs from the run's key.
// All questions but who runs next are answered as by a RandomOracle. `random` is a RandomOracle,
// and a run under it has the hash that it would have without this function.
#pragma once

#include <memory>

#include "sim/world/choice.h"
#include "sim/world/schedule/schedule_choice.h"

namespace weir {

std::unique_ptr<ChoiceOracle> make_schedule_oracle(const ScheduleChoice& choice, Stream stream);

}  // namespace weir
