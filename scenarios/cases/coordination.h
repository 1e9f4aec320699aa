// The scenarios about the coordination service; what each is for stands in its summary.
#pragma once

#include "scenarios/swarm.h"

namespace weir {

Constraints session_expiry_scenario();
Constraints watch_storm_scenario();
Constraints raft_election_scenario();
Constraints zab_election_scenario();
Constraints ensemble_quorum_scenario();
Constraints raft_ambush_scenario();
Constraints zab_ambush_scenario();

}  // namespace weir
