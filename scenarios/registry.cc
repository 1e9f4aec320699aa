#include "scenarios/registry.h"

#include "scenarios/cases/coordination.h"
#include "scenarios/cases/single_broker.h"

namespace weir {

std::vector<Constraints> scenarios() {
  return {power_loss_scenario(), disk_faults_scenario(), slow_network_scenario(), retention_scenario(),
          mixed_single_scenario(), session_expiry_scenario(),
          watch_storm_scenario(), raft_election_scenario(), zab_election_scenario(), ensemble_quorum_scenario(),
          raft_ambush_scenario(), zab_ambush_scenario()};
}

std::optional<Constraints> find_scenario(std::string_view name) {
  std::vector<Constraints> all = scenarios();
  for (Constraints& scenario : all) {
    if (scenario.name == name) return std::move(scenario);
  }
  return std::nullopt;
}

}  // namespace weir
