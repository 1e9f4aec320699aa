#include "scenarios/registry.h"

#include "scenarios/cases/power_loss.h"

namespace weir {

namespace {
constexpr Scenario kScenarios[] = {
    {"power-loss",
     "one broker, producers and readers; power fails at seeded moments and comes back",
     resolve_power_loss},
};
}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& scenario : scenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

}  // namespace weir
