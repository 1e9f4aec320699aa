// A plan as a TOML file: written by `weir-sim run`, read by `weir-sim replay`, edited by hand.
//
//   scenario = "power-loss"
//   choices_key = "0x1f..."          # what is left to chance while it runs
//   [broker]  [workload]  [[fault]] kind, at_us, lasts_us, ...; of an ambush also point, pass, delay_us
//
// Reading refuses what it cannot honour: an unknown key, a missing one, a value out of its range.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/plan.h"
#include "sim/base/result.h"

namespace weir {

std::string plan_to_toml(const Plan& plan);
// The error names the key.
Result<Plan, std::string> plan_from_toml(std::string_view text);

}  // namespace weir
