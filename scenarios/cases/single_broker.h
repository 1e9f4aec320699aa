// The scenarios of one broker: what they constrain, and which faults they allow.
#pragma once

#include "scenarios/swarm.h"

namespace weir {

Constraints power_loss_scenario();
Constraints disk_faults_scenario();
Constraints slow_network_scenario();
Constraints retention_scenario();
Constraints mixed_single_scenario();

}  // namespace weir
