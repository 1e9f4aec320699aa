// What DescribeConfigs and CreateTopics show of the settings: every key, its value in effect, and all
// places that have one.
//
//   topic's own > this broker's > all brokers' > server.properties > default
//
// In each place a key counts before its aliases. Worked example: with log.retention.hours=5 in
// server.properties the topic key retention.ms has the value 18000000 and the synonyms
//   log.retention.hours=5   STATIC_BROKER_CONFIG
//   log.retention.hours=168 DEFAULT_CONFIG
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
