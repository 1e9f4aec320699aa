#include "broker/config.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/config/config_key.h"
#include "broker/config/value_text.h"

namespace weir {
namespace {

// What single values cannot tell.
Result<Done, ConfigError> check_together(const BrokerConfig& config) {
  const auto broker_id = config.given.find("broker.id");
  const auto node_id = config.given.find("node.id");
  if (broker_id != config.given.end() && node_id != config.given.end() &&
      broker_id->second != node_id->second) {
    return ConfigError{fmt::format("node.id = {}: broker.id says {}; give one of them, or the same",
                                   node_id->second, broker_id->second)};
  }
  return check_listeners(config.listeners, config.advertised_listeners, config.listener_protocols);
}

std::vector<std::string> warnings_about(const BrokerConfig& config) {
  std::vector<std::string> warnings;
  std::string unused;
  for (const auto& [name, value] : config.given) {
    if (find_config_key(name) != nullptr || is_config_alias(name)) continue;
    if (is_unused_key(name)) {
      unused += (unused.empty() ? "" : ", ") + name;
    } else {
      warnings.push_back(fmt::format("unknown key {} is ignored{}", name, suggest_key(name)));
    }
  }
  if (!unused.empty()) {
    warnings.push_back("known, but not used by this broker yet, so ignored: " + unused);
  }
  for (const ListenerConfig& listener : config.listeners) {
    if (!is_every_address(advertised_endpoint(config, listener, 0))) continue;
    warnings.push_back(
        fmt::format("clients are told to come to {}, which works on this machine only; set "
                    "advertised.listeners",
                    listener.at.host));
  }
  for (const std::string_view key : {"log.dir", "log.dirs"}) {
    const auto at = config.given.find(key);
    if (at != config.given.end() && split_list(at->second).size() > 1) {
      warnings.push_back(
          fmt::format("only the first directory of {} is used: {}", key, config.log_directory));
    }
  }
  return warnings;
}

}  // namespace

Endpoint advertised_endpoint(const BrokerConfig& config, const ListenerConfig& listener,
                             uint16_t port) {
  const auto named =
      std::find_if(config.advertised_listeners.begin(), config.advertised_listeners.end(),
                   [&](const ListenerConfig& each) { return each.name == listener.name; });
  Endpoint at = named == config.advertised_listeners.end() ? listener.at : named->at;
  if (at.port == 0) at.port = port;
  return at;
}

Result<ParsedConfig, ConfigError> parse_config(std::string_view text) {
  return config_of(TRY(parse_properties(text)));
}

Result<ParsedConfig, ConfigError> config_of(Settings given) {
  ParsedConfig parsed;
  BrokerConfig& config = parsed.config;
  config.given = std::move(given);
  TRY(apply_settings(config, config.given));
  if (!config.log.flush_interval) config.log.flush_interval = config.flush_scheduler_interval;
  TRY(check_together(config));
  parsed.warnings = warnings_about(config);
  return parsed;
}

}  // namespace weir
