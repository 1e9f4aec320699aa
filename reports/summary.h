// The run in sentences.
#pragma once

#include <string>

#include "scenarios/run_record.h"

namespace weir::reports {

// The verdict as a headline: "Every acknowledged record survived".
std::string headline(const RunRecord& record);
// A paragraph: what ran, what was done to it, what came of it.
std::string summary(const RunRecord& record);

}  // namespace weir::reports
