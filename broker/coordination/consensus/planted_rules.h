// Which rules of Raft a run has planted a bug in: "bug.raft-" and the rule's name (raft_rules.h) with dashes;
// and of Zab: "bug.zab-" (zab_rules.h). Those that sweeps of the scenarios find, many by ambushes: the others are broken in runs of
// the cores alone (tests/coordination/raft_safety_test.cc, zab_safety_test.cc), which get to more.
#pragma once

#include "broker/coordination/consensus/raft_rules.h"
#include "broker/coordination/consensus/zab_rules.h"
#include "sim/env/buggify.h"

namespace weir {

// All of them hold but the planted one; in production, all.
RaftRules raft_rules(Buggify& buggify);
ZabRules zab_rules(Buggify& buggify);

}  // namespace weir
