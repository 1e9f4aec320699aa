// The keys of the server: identity, listeners, threads, limits.
#include "broker/config/key_rows.h"

namespace weir {
namespace {

using namespace key_rows;  // NOLINT
using enum ConfigType;

using Text = std::optional<std::string>;

Outcome set_broker_id(BrokerConfig& config, const ConfigKey& key, std::string_view text) {
  config.broker_id = BrokerId{static_cast<int32_t>(TRY(parse_whole(text, key.least, key.most)))};
  return Done{};
}
Text get_broker_id(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return std::to_string(config.broker_id.value());
}

Outcome set_listeners(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  std::vector<ListenerConfig> listeners = TRY(parse_listeners(text));
  if (listeners.empty()) return Failure{std::string("must name at least one listener")};
  config.listeners = std::move(listeners);
  return Done{};
}
Text get_listeners(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return to_text(config.listeners);
}

Outcome set_advertised(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  config.advertised_listeners = TRY(parse_listeners(text));
  return Done{};
}
Text get_advertised(const BrokerConfig& config, const ConfigKey& /*key*/) {
  if (config.advertised_listeners.empty()) return std::nullopt;
  return to_text(config.advertised_listeners);
}

Outcome set_protocols(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  config.listener_protocols = TRY(parse_protocol_map(text));
  return Done{};
}
Text get_protocols(const BrokerConfig& config, const ConfigKey& /*key*/) {
  std::string text;
  for (const auto& [name, protocol] : config.listener_protocols) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", name, protocol);
  }
  return text;
}

Outcome set_metrics(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  if (text.empty()) {
    config.metrics_listener.reset();
  } else {
    config.metrics_listener = TRY(parse_endpoint(text));
  }
  return Done{};
}
Text get_metrics(const BrokerConfig& config, const ConfigKey& /*key*/) {
  if (!config.metrics_listener) return std::nullopt;
  return to_text(*config.metrics_listener);
}

// "host:count, ..."
Outcome set_per_ip(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  std::map<std::string, uint32_t> overrides;
  for (const std::string_view each : split_list(text)) {
    const size_t colon = each.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
      return Failure{std::string("each must look like host:count")};
    }
    overrides[std::string(each.substr(0, colon))] =
        static_cast<uint32_t>(TRY(parse_whole(each.substr(colon + 1), 0, kMaxInt32)));
  }
  config.max_connections_per_ip_overrides = std::move(overrides);
  return Done{};
}
Text get_per_ip(const BrokerConfig& config, const ConfigKey& /*key*/) {
  std::string text;
  for (const auto& [host, count] : config.max_connections_per_ip_overrides) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", host, count);
  }
  return text;
}

// -1 is the kernel's choice; of no bytes nothing can be sent.
template <auto kField>
Outcome set_buffer(BrokerConfig& config, const ConfigKey& key, std::string_view text) {
  if (TRY(parse_whole(text, key.least, key.most)) == 0) {
    return Failure{std::string("must be at least 1, or -1 to leave it to the kernel")};
  }
  return set_value(config.*kField, key, text);
}
template <auto kField>
Text get_buffer(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return value_text(config.*kField);
}

Outcome set_directory(BrokerConfig& config, const ConfigKey& /*key*/, std::string_view text) {
  const auto directories = split_list(text);
  if (directories.empty() || directories.front().empty()) {
    return Failure{std::string("must name a directory")};
  }
  config.log_directory = std::string(directories.front());
  return Done{};
}
Text get_directory(const BrokerConfig& config, const ConfigKey& /*key*/) {
  return config.log_directory;
}

constexpr ConfigKey kServerKeys[] = {
    {"broker.id", int32, kReadOnly, 0, kMaxInt32, set_broker_id, get_broker_id,
     "The number of this broker in its cluster."},
    {"listeners", list, kReadOnly, 0, 0, set_listeners, get_listeners,
     "Where the broker listens: NAME://host:port, separated by commas; no host is every address."},
    {"advertised.listeners", list, kReadOnly, 0, 0, set_advertised, get_advertised,
     "Where clients are told to go, by listener name; without it, where the broker listens."},
    {"listener.security.protocol.map", string, kReadOnly, 0, 0, set_protocols, get_protocols,
     "Which protocol each listener name speaks: NAME:PROTOCOL; only PLAINTEXT is served."},
    {"weir.metrics.listener", string, kReadOnly, 0, 0, set_metrics, get_metrics,
     "host:port at which metrics are offered; without it they are not."},
    row<[](auto& c) -> auto& { return c.network_threads; }>(
        "num.network.threads", int32, kReadOnly, 1, 64,
        "Cores that hold connections and partitions, a thread each."),
    row<[](auto& c) -> auto& { return c.io_threads; }>(
        "num.io.threads", int32, kReadOnly, 1, 4096,
        "Requests that are handled at the same time, over all cores."),
    row<[](auto& c) -> auto& { return c.recovery_threads; }>(
        "num.recovery.threads.per.data.dir", int32, kReadOnly, 1, 1024,
        "Logs that are recovered at the same time when the broker starts."),
    row<[](auto& c) -> auto& { return c.queued_max_requests; }>(
        "queued.max.requests", int32, kReadOnly, 1, 1'000'000,
        "Requests that may wait for a handler, a core; then no more are read."),
    row<[](auto& c) -> auto& { return c.queued_max_request_bytes; }>(
        "queued.max.request.bytes", int64, kReadOnly, -1, kMaxInt64,
        "Bytes of requests that may wait for a handler; -1 is no limit."),
    row<[](auto& c) -> auto& { return c.request_max_bytes; }>(
        "socket.request.max.bytes", int32, kReadOnly, 1024, kMaxInt32,
        "The largest request in bytes; a connection that sends more is closed."),
    row<[](auto& c) -> auto& { return c.listen_backlog; }>(
        "socket.listen.backlog.size", int32, kReadOnly, 1, 65'535,
        "Connections that the kernel keeps until they are accepted."),
    {"socket.send.buffer.bytes", int32, kReadOnly, -1, kMaxInt32,
     set_buffer<&BrokerConfig::send_buffer_bytes>, get_buffer<&BrokerConfig::send_buffer_bytes>,
     "The kernel's buffer for what is sent to a client; -1 leaves its size to the kernel."},
    {"socket.receive.buffer.bytes", int32, kReadOnly, -1, kMaxInt32,
     set_buffer<&BrokerConfig::receive_buffer_bytes>, get_buffer<&BrokerConfig::receive_buffer_bytes>,
     "The kernel's buffer for what a client sends; -1, unlike Kafka's 102400, leaves its size to the kernel."},
    row<[](auto& c) -> auto& { return c.max_connections; }>(
        "max.connections", int32, kClusterWide, 1, kMaxInt32,
        "Connections that are open at the same time; more are closed at once."),
    row<[](auto& c) -> auto& { return c.max_connections_per_ip; }>(
        "max.connections.per.ip", int32, kClusterWide, 0, kMaxInt32,
        "Connections that one address may have open."),
    {"max.connections.per.ip.overrides", string, kClusterWide, 0, 0, set_per_ip, get_per_ip,
     "max.connections.per.ip for single addresses: host:count, separated by commas."},
    row<[](auto& c) -> auto& { return c.connections_max_idle; }>(
        "connections.max.idle.ms", int64, kReadOnly, 0, kMaxInt64,
        "A connection on which nothing was asked for so long is closed."),
    row<[](auto& c) -> auto& { return c.fetch_session_cache_slots; }>(
        "max.incremental.fetch.session.cache.slots", int32, kReadOnly, 0, kMaxInt32,
        "Fetch sessions that are remembered."),
    row<[](auto& c) -> auto& { return c.fetch_max_bytes; }>(
        "fetch.max.bytes", int32, kReadOnly, 1024, kMaxInt32,
        "The most bytes of records in one answer to a fetch."),
    row<[](auto& c) -> auto& { return c.num_partitions; }>(
        "num.partitions", int32, kReadOnly, 1, 10'000,
        "Partitions of a topic whose creator does not say how many."),
    row<[](auto& c) -> auto& { return c.auto_create_topics; }>(
        "auto.create.topics.enable", boolean, kReadOnly, 0, 0,
        "Whether a topic is made when a client asks for it."),
    row<[](auto& c) -> auto& { return c.delete_topics; }>("delete.topic.enable", boolean, kReadOnly,
                                                          0, 0, "Whether topics may be deleted."),
    row<[](auto& c) -> auto& { return c.min_insync_replicas; }>(
        "min.insync.replicas", int32, kClusterWide, 1, kMaxInt32,
        "Replicas that must have a record before acks=all is answered."),
    row<[](auto& c) -> auto& { return c.producer_id_expiration; }>(
        "producer.id.expiration.ms", int32, kClusterWide, 1, kMaxInt32,
        "How long an idempotent producer is remembered after its last record."),
    {"log.dirs", list, kReadOnly, 0, 0, set_directory, get_directory,
     "The directory of the data; of several the first."},
};

}  // namespace

std::span<const ConfigKey> server_keys() { return kServerKeys; }

}  // namespace weir
