// The keys of the coordination service. ZooKeeper's names in a server.properties of Kafka's would be taken for
// Kafka's own, so each has a prefix.
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

constexpr ConfigKey kCoordinatorKeys[] = {
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
};

}  // namespace

std::span<const ConfigKey> coordinator_keys() { return kCoordinatorKeys; }

}  // namespace weir
