// Settings as the command line and the tables write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/protocol/describe_configs.h"

namespace weir {

// "key=value" at the first '='; nothing without one or without a key.
inline std::optional<std::pair<std::string, std::string>> parse_setting(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  return std::pair{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

// Kafka's names of the places (ConfigEntry.ConfigSource).
inline std::string_view source_name(ConfigSource source) {
  switch (source) {
    case ConfigSource::dynamic_topic:
      return "DYNAMIC_TOPIC_CONFIG";
    case ConfigSource::dynamic_broker:
      return "DYNAMIC_BROKER_CONFIG";
    case ConfigSource::dynamic_default_broker:
      return "DYNAMIC_DEFAULT_BROKER_CONFIG";
    case ConfigSource::static_broker:
      return "STATIC_BROKER_CONFIG";
    case ConfigSource::default_value:
      return "DEFAULT_CONFIG";
    case ConfigSource::unset:
      break;
  }
  return "UNKNOWN";
}

}  // namespace weir
