// What DescribeConfigs and CreateTopics show of the settings: every key, its value in effect, and all
// places that have one.
//
//   topic's own > this broker's > all brokers' > server.properties > default
//
// In each place a key counts before its aliases. As in Kafka a key is shown by its own name: what was
// said in a coarser unit shows under that key, and behind a finer one that was set too. Worked example:
// log.retention.hours=5 in server.properties, and then log.retention.ms=1000 beside it
//
//   log.retention.hours         5           5 STATIC_BROKER_CONFIG, 168 DEFAULT_CONFIG
//   log.retention.ms            none        none
//   log.retention.ms beside it  1000        1000 STATIC_BROKER_CONFIG, and those of the hours
//   retention.ms of a topic     18000000    none: DEFAULT_CONFIG; then 1000, and those of the key
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/api/shard_context.h"
#include "model/protocol/describe_configs.h"

namespace weir {

struct DescribedConfig {
  std::string name;
  std::optional<std::string> value;
  bool read_only = false;
  ConfigType type = ConfigType::unknown;
  std::string_view documentation;
  std::vector<DescribeConfigsResponse::Synonym> synonyms;  // what counts comes first

  [[nodiscard]] ConfigSource source() const {
    return synonyms.empty() ? ConfigSource::default_value : synonyms.front().source;
  }
};

// A topic that sets `overrides` for itself.
std::vector<DescribedConfig> describe_topic(const ShardContext& shard, const Settings& overrides);
// This broker: keys and aliases.
std::vector<DescribedConfig> describe_broker(const ShardContext& shard);
// The default of all brokers: only what was set.
std::vector<DescribedConfig> describe_all_brokers(const ShardContext& shard);

}  // namespace weir
