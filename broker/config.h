// BrokerConfig: what `server.properties` says, under Kafka's keys and with Kafka's defaults, but for
// two: without a configuration it listens on 127.0.0.1 only and keeps its data in ./data.
//
// An unknown key is a warning (Kafka's files are full of keys for parts that Weir does not have); a
// bad value is an error that names key, value and reason, and the broker does not start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/log/log_settings.h"
#include "model/types/ids.h"
#include "sim/base/result.h"
#include "sim/env/network.h"

namespace weir {

struct BrokerConfig {
  BrokerId broker_id{1};                       // broker.id, node.id
  Endpoint listener{"127.0.0.1", 9092};        // listeners: the first, PLAINTEXT only
  Endpoint advertised;                         // advertised.listeners; no host: as the listener
  std::string log_directory = "data";          // log.dirs: the first
  uint32_t network_threads = 3;                // num.network.threads: shards that hold connections
  uint32_t io_threads = 8;                     // num.io.threads: handler fibers, over all shards
  uint32_t queued_max_requests = 500;          // queued.max.requests, per shard
  uint32_t request_max_bytes = 104'857'600;    // socket.request.max.bytes
  int32_t listen_backlog = 50;                 // socket.listen.backlog.size
  uint32_t max_connections = 100'000;          // max.connections
  int32_t num_partitions = 1;                  // num.partitions
  int32_t max_partitions_per_topic = 10'000;   // no Kafka key: a limit
  bool auto_create_topics = true;              // auto.create.topics.enable
  int32_t message_max_bytes = 1'048'588;       // message.max.bytes
  int32_t fetch_max_bytes = 57'671'680;        // fetch.max.bytes
  LogSettings log;
};

struct ConfigError {
  std::string message;  // "log.segment.bytes = -1: must be between 14 and 2147483647"
};

struct ParsedConfig {
  BrokerConfig config;
  std::vector<std::string> warnings;
};

// `text` is a properties file: key=value lines, '#' and '!' start comments.
Result<ParsedConfig, ConfigError> parse_config(std::string_view text);

}  // namespace weir
