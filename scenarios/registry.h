// The scenarios there are. Each constrains what a seed may draw (swarm.h); all plans run the same way
// (run.h). A scenario file adds one of a user's own (host/scenario_file.h).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scenarios/swarm.h"

namespace weir {

std::vector<Constraints> scenarios();
std::optional<Constraints> find_scenario(std::string_view name);

}  // namespace weir
