// BrokerConfig: what `server.properties` says, under Kafka's keys and with Kafka's defaults, but for
// three: without a configuration it listens on 127.0.0.1 only, keeps its data in ./data, and has at
// most 100,000 connections open.
//
// Fields have the meaning, keys the text; broker/config/config_key.h is the table between them. A
// field's comment names its key. What can be changed while the broker runs is in the table too; each
// shard has its own copy of this struct with those changes in it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/listeners.h"
#include "broker/config/settings.h"
#include "broker/coordination/coordinator_config.h"
#include "broker/log/log_settings.h"
#include "model/types/ids.h"
#include "sim/base/result.h"
#include "sim/base/time.h"
#include "sim/env/network.h"

namespace weir {

struct BrokerConfig {
  BrokerId broker_id{1};  // broker.id, node.id

  // listeners; never empty.
  std::vector<ListenerConfig> listeners{{"PLAINTEXT", {"127.0.0.1", 9092}}};
  std::vector<ListenerConfig> advertised_listeners;  // advertised.listeners; by the listener's name
  std::map<std::string, std::string> listener_protocols{// listener.security.protocol.map
                                                        {"PLAINTEXT", "PLAINTEXT"},
                                                        {"SASL_PLAINTEXT", "SASL_PLAINTEXT"},
                                                        {"SASL_SSL", "SASL_SSL"},
                                                        {"SSL", "SSL"}};
  std::optional<Endpoint> metrics_listener;  // weir.metrics.listener; nothing: none

  uint32_t network_threads = 3;        // num.network.threads: shards that hold connections
  uint32_t io_threads = 8;             // num.io.threads: handler fibers, over all shards
  uint32_t recovery_threads = 1;       // num.recovery.threads.per.data.dir
  uint32_t queued_max_requests = 500;  // queued.max.requests, per shard
  std::optional<uint64_t> queued_max_request_bytes;  // queued.max.request.bytes; nothing: -1
  uint32_t request_max_bytes = 104'857'600;          // socket.request.max.bytes
  int32_t listen_backlog = 50;                       // socket.listen.backlog.size
  // With a larger one a consumer on the same machine falls asleep between packets, and the broker spends most of
  // its time on waking it. Far away it limits what one connection carries: buffer / round trip.
  std::optional<uint32_t> send_buffer_bytes = 102'400;  // socket.send.buffer.bytes; nothing: -1
  std::optional<uint32_t> receive_buffer_bytes;         // socket.receive.buffer.bytes; nothing: -1
  uint32_t max_connections = 100'000;                // max.connections
  uint32_t max_connections_per_ip = 2'147'483'647;   // max.connections.per.ip
  std::map<std::string, uint32_t> max_connections_per_ip_overrides;  // by address or host name
  Duration connections_max_idle = seconds(600);                      // connections.max.idle.ms
  uint32_t fetch_session_cache_slots = 1000;  // max.incremental.fetch.session.cache.slots
  int32_t fetch_max_bytes = 57'671'680;       // fetch.max.bytes

  int32_t num_partitions = 1;                         // num.partitions
  int32_t max_partitions_per_topic = 10'000;          // no Kafka key: a limit
  bool auto_create_topics = true;                     // auto.create.topics.enable
  bool delete_topics = true;                          // delete.topic.enable
  int32_t min_insync_replicas = 1;                    // min.insync.replicas
  Duration producer_id_expiration = seconds(86'400);  // producer.id.expiration.ms

  std::string log_directory = "data";  // log.dirs: the first
  // log.flush.scheduler.interval.ms: how often logs are looked at for log.flush.interval.ms;
  // nothing: as often as that takes.
  std::optional<Duration> flush_scheduler_interval;
  Duration flush_checkpoint_interval = seconds(60);  // log.flush.offset.checkpoint.interval.ms
  Duration start_checkpoint_interval =
      seconds(60);  // log.flush.start.offset.checkpoint.interval.ms
  Duration retention_check_interval = seconds(300);  // log.retention.check.interval.ms
  LogSettings log;                                   // what topics have that say nothing else

  CoordinatorConfig coordinator;  // of `weir-broker --role coordinator`

  // The keys that were written down, as they were: what DescribeConfigs calls STATIC_BROKER_CONFIG.
  Settings given;
};

// Where clients that came in through `listener` are told to go; `port` is the one it got, should it
// have asked for any (port 0).
Endpoint advertised_endpoint(const BrokerConfig& config, const ListenerConfig& listener,
                             uint16_t port);

struct ParsedConfig {
  BrokerConfig config;
  std::vector<std::string> warnings;
};

// `text` is a server.properties (broker/config/settings.h). An unknown key is a warning, for Kafka's
// files are full of keys for parts that Weir does not have; a bad value is an error that names key,
// value and reason, and the broker does not start.
Result<ParsedConfig, ConfigError> parse_config(std::string_view text);
// The same from settings that are read already.
Result<ParsedConfig, ConfigError> config_of(Settings given);

}  // namespace weir
