// What the scenarios about the coordination service share when they say what a seed may draw.
#pragma once

#include <initializer_list>
#include <string>

#include "scenarios/swarm.h"

namespace weir {

inline KeyChoice one_of(std::initializer_list<int64_t> values) { return {values, false}; }
inline KeyChoice range(int64_t low, int64_t high) { return {{low, high}, true}; }

inline void allow(Constraints& scenario, std::initializer_list<FaultKind> kinds, uint32_t per_tick_per_million,
                  Duration longest) {
  for (const FaultKind kind : kinds) {
    scenario.faults.push_back(usual_rule(kind, per_tick_per_million, longest));
  }
}
inline void allow_ambushes(Constraints& scenario, std::initializer_list<FaultKind> kinds,
                           uint32_t per_tick_per_million, Duration shortest, Duration longest) {
  allow(scenario, kinds, per_tick_per_million, longest);
  for (size_t i = scenario.faults.size() - kinds.size(); i < scenario.faults.size(); ++i) {
    scenario.faults[i].ambush = true;
    scenario.faults[i].lasts_min = shortest;
  }
}

// Keys only; the faults are the scenario's.
Constraints ensemble_scenario(std::string name, bool zab);

}  // namespace weir
