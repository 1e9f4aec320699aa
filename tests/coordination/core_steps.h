// Steps that the sentences about both cores are told in.
#pragma once

#include "tests/coordination/core_cluster.h"

namespace weir {

// Server `server` is elected by `voters` (itself among them), and all they have to say is said.
inline void elect(RaftCluster& cluster, size_t server, const std::vector<size_t>& voters) {
  cluster.pass(seconds(2));  // no leader has been heard for long
  cluster.time_out(server);
  cluster.settle_among(voters);
  REQUIRE(cluster.violation().empty());
  REQUIRE(cluster.core(server).role() == RaftRole::leader);
}

inline void live(ZabCluster& cluster, Duration time) {
  for (Duration passed; passed < time; passed += milliseconds(50)) {
    cluster.pass(milliseconds(50));
    cluster.tick_all();
    cluster.settle();
  }
  REQUIRE(cluster.violation().empty());
}

// It comes back at once, with an empty disk.
template <class Engine>
void wipe(CoreCluster<Engine>& cluster, size_t server) {
  cluster.wipe(server);
  cluster.restart(server);
}

}  // namespace weir
