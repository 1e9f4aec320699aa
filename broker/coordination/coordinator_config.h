// CoordinatorConfig: the part of the configuration that is the coordination service's.
#pragma once

#include <optional>
#include <vector>

#include "broker/coordination/consensus/server_id.h"
#include "sim/base/time.h"
#include "sim/env/network.h"

namespace weir {

enum class ConsensusEngine : uint8_t { raft, zab };

struct CoordinatorPeer {
  ServerId id;
  Endpoint at;  // where the other servers reach it
  friend auto operator<=>(const CoordinatorPeer&, const CoordinatorPeer&) = default;
};

struct CoordinatorConfig {
  // An ensemble; without servers this one stands alone.
  std::optional<ServerId> id;             // coordinator.id
  std::vector<CoordinatorPeer> servers;   // coordinator.servers
  ConsensusEngine engine = ConsensusEngine::raft;  // coordinator.consensus
  Duration election_timeout = seconds(1);          // coordinator.election.timeout.ms
  Duration heartbeat_interval = milliseconds(200);  // coordinator.heartbeat.interval.ms

  std::vector<Endpoint> listeners{{"127.0.0.1", 2181}};  // coordinator.listeners
  Duration tick = seconds(2);                            // coordinator.tick.time.ms
  std::optional<Duration> min_session_timeout;  // coordinator.min.session.timeout.ms; nothing: 2 ticks
  std::optional<Duration> max_session_timeout;  // coordinator.max.session.timeout.ms; nothing: 20
  uint32_t max_connections_per_host = 60;       // coordinator.max.client.connections
  uint32_t max_frame_bytes = 0xfffff;           // coordinator.max.frame.bytes (jute.maxbuffer)
  uint32_t outstanding_limit = 1000;            // coordinator.outstanding.limit
  uint64_t snapshot_count = 100'000;            // coordinator.snapshot.count
  uint32_t snapshots_kept = 3;                  // coordinator.snapshots.retained
  bool autocreate = true;                       // coordinator.db.autocreate
  int32_t listen_backlog = 50;                  // socket.listen.backlog.size
};

}  // namespace weir
