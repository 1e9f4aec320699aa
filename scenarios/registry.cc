#include "scenarios/registry.h"

#include "scenarios/cases/power_loss.h"

namespace weir {

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> kAll{
      {"power-loss",
       "one broker, producers and readers; power fails at seeded moments and comes back",
       resolve_power_loss},
  };
  return kAll;
}

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& scenario : scenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

}  // namespace weir
