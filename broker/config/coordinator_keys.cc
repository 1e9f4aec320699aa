// The keys of the coordination service. ZooKeeper's names in a server.properties of Kafka's would be taken for
// Kafka's own, so each has a prefix.
#include <fmt/format.h>

#include <charconv>

#include "broker/config/key_rows.h"

namespace weir {
namespace {

using namespace key_rows;  // NOLINT
using enum ConfigType;

Outcome set_listeners(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  std::vector<Endpoint> listeners;
  for (const std::string_view each : split_list(text)) listeners.push_back(TRY(parse_endpoint(each)));
  if (listeners.empty()) return Failure{std::string("must name at least one host:port")};
  config.coordinator.listeners = std::move(listeners);
  return Done{};
}
std::optional<std::string> get_listeners(const BrokerConfig& config, const ConfigKey& /*key*/) {
  std::string text;
  for (const Endpoint& at : config.coordinator.listeners) {
    if (!text.empty()) text += ',';
    text += to_text(at);
  }
  return text;
}

// id@host:port, as in controller.quorum.voters.
Outcome set_servers(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  std::vector<CoordinatorPeer> servers;
  for (const std::string_view each : split_list(text)) {
    const size_t at = each.find('@');
    int64_t id = 0;
    const std::string_view number = each.substr(0, at);
    const auto read = std::from_chars(number.data(), number.data() + number.size(), id);
    if (at == std::string_view::npos || read.ec != std::errc() ||
        read.ptr != number.data() + number.size() || id < 1 || id > 255) {
      return Failure{fmt::format("'{}' is not id@host:port with an id of 1 to 255", each)};
    }
    servers.push_back({ServerId{id}, TRY(parse_endpoint(each.substr(at + 1)))});
  }
  config.coordinator.servers = std::move(servers);
  return Done{};
}
std::optional<std::string> get_servers(const BrokerConfig& config, const ConfigKey& /*key*/) {
  std::string text;
  for (const CoordinatorPeer& peer : config.coordinator.servers) {
    text += fmt::format("{}{}@{}", text.empty() ? "" : ",", peer.id.value(), to_text(peer.at));
  }
  return text;
}
Outcome set_id(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  int64_t id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || id < -1 || id == 0 || id > 255) {
    return Failure{std::string("must be 1 to 255, or -1 for a server that stands alone")};
  }
  config.coordinator.id.reset();
  if (id > 0) config.coordinator.id = ServerId{id};
  return Done{};
}
std::optional<std::string> get_id(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return config.coordinator.id ? std::to_string(config.coordinator.id->value()) : "-1";
}
Outcome set_engine(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  if (text != "raft" && text != "zab") return Failure{std::string("must be raft or zab")};
  config.coordinator.engine = text == "zab" ? ConsensusEngine::zab : ConsensusEngine::raft;
  return Done{};
}
std::optional<std::string> get_engine(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return config.coordinator.engine == ConsensusEngine::zab ? "zab" : "raft";
}

constexpr ConfigKey kCoordinatorKeys[] = {
    {"coordinator.id", int32, kReadOnly, 0, 0, set_id, get_id,
     "Which of coordinator.servers this server is (myid), 1 to 255; -1: it stands alone."},
    {"coordinator.servers", list, kReadOnly, 0, 0, set_servers, get_servers,
     "The 1, 3 or 5 servers of the ensemble, each as id@host:port of its port for the others, the same "
     "list on all; empty: this server stands alone."},
    {"coordinator.consensus", string, kReadOnly, 0, 0, set_engine, get_engine,
     "How an ensemble agrees. A data directory belongs to one engine for ever."},
    row<[](auto& c) -> auto& { return c.coordinator.election_timeout; }>(
        "coordinator.election.timeout.ms", int32, kReadOnly, 10, kMaxInt32,
        "How long a server waits for its leader before it wants to elect another, at least."),
    row<[](auto& c) -> auto& { return c.coordinator.heartbeat_interval; }>(
        "coordinator.heartbeat.interval.ms", int32, kReadOnly, 1, kMaxInt32,
        "How often a leader speaks to its followers when there is nothing to say."),
    {"coordinator.listeners", list, kReadOnly, 0, 0, set_listeners, get_listeners,
     "Where the coordination service listens for ZooKeeper's clients: host:port, separated by commas."},
    row<[](auto& c) -> auto& { return c.coordinator.tick; }>(
        "coordinator.tick.time.ms", int32, kReadOnly, 1, kMaxInt32,
        "The unit of session timeouts (tickTime); sessions expire at whole ticks."),
    row<[](auto& c) -> auto& { return c.coordinator.min_session_timeout; }>(
        "coordinator.min.session.timeout.ms", int32, kReadOnly, -1, kMaxInt32,
        "The shortest session timeout that a client gets; -1 is 2 ticks."),
    row<[](auto& c) -> auto& { return c.coordinator.max_session_timeout; }>(
        "coordinator.max.session.timeout.ms", int32, kReadOnly, -1, kMaxInt32,
        "The longest session timeout that a client gets; -1 is 20 ticks."),
    row<[](auto& c) -> auto& { return c.coordinator.max_connections_per_host; }>(
        "coordinator.max.client.connections", int32, kReadOnly, 0, kMaxInt32,
        "Connections that one address may have open (maxClientCnxns); 0 is no limit."),
    row<[](auto& c) -> auto& { return c.coordinator.max_frame_bytes; }>(
        "coordinator.max.frame.bytes", int32, kReadOnly, 1024, 3 << 20,
        "The largest request in bytes (jute.maxbuffer), and so the largest data of a znode."),
    row<[](auto& c) -> auto& { return c.coordinator.outstanding_limit; }>(
        "coordinator.outstanding.limit", int32, kReadOnly, 1, 1'000'000,
        "Changes that may be on their way (globalOutstandingLimit); then nothing more is read."),
    row<[](auto& c) -> auto& { return c.coordinator.snapshot_count; }>(
        "coordinator.snapshot.count", int64, kReadOnly, 2, kMaxInt64,
        "Changes after which a snapshot is written (snapCount)."),
    row<[](auto& c) -> auto& { return c.coordinator.snapshots_kept; }>(
        "coordinator.snapshots.retained", int32, kReadOnly, 3, kMaxInt32,
        "Snapshots that are kept (autopurge.snapRetainCount), with the log behind them."),
    row<[](auto& c) -> auto& { return c.coordinator.autocreate; }>(
        "coordinator.db.autocreate", boolean, kReadOnly, 0, 0,
        "Whether a server that finds no data is a new one (zookeeper.db.autocreate). With false "
        "only where a file 'initialize' stands in the directory 'coordination' of log.dirs; else it "
        "has lost its data, and takes no part before the others have brought it up."),
};

}  // namespace

std::span<const ConfigKey> coordinator_keys() { return kCoordinatorKeys; }

}  // namespace weir
