// DynamicConfigs: the broker's settings that were changed while it ran, on disk. Owned by shard 0,
// which tells every shard; they count before server.properties.
//
//   weir-configs = "0" LF *( entity [ SP settings ] LF )
//   entity       = "default" | "broker-" broker-id       of all brokers, or of one
//   settings     as encode_settings writes them (broker/config/settings.h)
//
// Replaced as a whole (atomic_file.h): after a crash all of a change is there or none of it.
#pragma once

#include <map>
#include <string>

#include "broker/config.h"
#include "sim/env/env.h"

namespace weir {

// What one broker has of them.
struct DynamicConfigs {
  Settings of_all_brokers;
  Settings of_this_broker;  // counts first
};

// The configuration in effect. `from_file` is what the process was started with.
Result<BrokerConfig, ConfigError> with_dynamic(const BrokerConfig& from_file,
                                               const DynamicConfigs& dynamic);

class DynamicConfigStore {
 public:
  DynamicConfigStore(Env& env, BrokerId self) : env_(env), self_(self) {}

  Result<Done, IoError> await_load();
  Result<Done, IoError> await_write(const DynamicConfigs& changed);
  [[nodiscard]] DynamicConfigs current() const;

 private:
  using Entities = std::map<std::string, Settings>;
  [[nodiscard]] std::string own_entity() const;

  Env& env_;
  const BrokerId self_;
  Entities entities_;  // also those of another id that this directory once had
};

}  // namespace weir
