// What of a server.properties that changed takes effect while the broker runs: the keys that
// IncrementalAlterConfigs may change too. An alias counts as the key that it stands for.
//
//   running                       the file now                  in effect from now on
//   log.retention.hours=5         log.retention.hours=7         log.retention.ms is 25,200,000
//   num.io.threads=8              num.io.threads=16             8, until a restart
#pragma once

#include <string_view>
#include <vector>

#include "broker/config.h"

namespace weir {

struct ReloadedConfig {
  BrokerConfig config;  // what counts as server.properties from now on
  // Keys, in the order of their table.
  std::vector<std::string_view> changed;       // and in effect, where nothing outranks the file
  std::vector<std::string_view> need_restart;  // changed in the file only
};

// Both are what config_of made of settings: `running` at the start or at the last reload, `read`
// now. An error is one of values that do not go together.
Result<ReloadedConfig, ConfigError> reload_config(const BrokerConfig& running,
                                                  const BrokerConfig& read);

}  // namespace weir
