// Two structs that Produce and Fetch share: whom to ask instead, and where that node listens.
// Both travel as tagged fields beside a not_leader_or_follower error (KIP-951).
#pragma once

#include <optional>
#include <string>

#include "model/protocol/fields.h"
#include "model/types/ids.h"

namespace weir {

struct LeaderIdAndEpoch {
  BrokerId leader_id = kNoBroker;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;

  friend bool operator==(const LeaderIdAndEpoch&, const LeaderIdAndEpoch&) = default;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("leader_id", m.leader_id);
    v.field("leader_epoch", m.leader_epoch);
  }
};

struct NodeEndpoint {
  BrokerId node_id;
  std::string host;
  int32_t port = 0;
  std::optional<std::string> rack;

  friend bool operator==(const NodeEndpoint&, const NodeEndpoint&) = default;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("node_id", m.node_id);
    v.field("host", m.host);
    v.field("port", m.port);
    v.field("rack", m.rack);
  }
};

}  // namespace weir
