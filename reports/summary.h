// The run in sentences.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/run_record.h"

namespace weir::reports {

// What a client of the run was promised: "record", or "change" of a coordination service.
std::string_view acked_thing(const Plan& plan);
// The verdict as a headline: "Every acknowledged record survived".
std::string headline(const RunRecord& record);
// A paragraph: what ran, what was done to it, what came of it.
std::string summary(const RunRecord& record);

}  // namespace weir::reports
