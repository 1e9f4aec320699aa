// What a topic can set for itself, and what its logs get in the end.
//
// Nearly every key of a topic has a key of the broker that is its default, and that says what the
// value may be: retention.ms and log.retention.ms. A topic's setting is therefore the broker's key,
// set for one topic. Keys of Kafka without effect here are checked, kept and described all the same,
// so that tools which set them work; what would be wrong to ignore is refused (compaction, tiered
// storage).
//
//   log_settings_of(log.retention.ms=7, {"retention.ms": "5"}).retention  is 5 ms
//   log_settings_of(log.retention.ms=7, {})                               is 7 ms
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "broker/config/config_key.h"

namespace weir {

struct TopicKey {
  std::string_view name;
  std::string_view broker_key;  // empty: without effect here
  // Of keys without effect; the others have their broker key's.
  ConfigType own_type = ConfigType::unknown;
  std::string_view own_default = {};
  int64_t least = 0;
  std::string_view own_documentation = {};
  std::string_view kafka_key = {};  // where Kafka has the default of it; empty: nowhere

  [[nodiscard]] ConfigType type() const;
  [[nodiscard]] std::string_view documentation() const;
};

std::span<const TopicKey> topic_keys();
const TopicKey* find_topic_key(std::string_view name);  // null: there is none

// The settings of one topic's logs. The error names the key, the value, the reason.
Result<LogSettings, ConfigError> log_settings_of(const BrokerConfig& broker,
                                                 const Settings& overrides);

// A topic's value in effect; nothing: none is set.
std::optional<std::string> topic_value(const BrokerConfig& broker, const Settings& overrides,
                                       const TopicKey& key);

}  // namespace weir
