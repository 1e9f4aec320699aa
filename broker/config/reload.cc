#include "broker/config/reload.h"

#include <algorithm>

#include "broker/config/config_key.h"

namespace weir {
namespace {

// Of a key or an alias. What is neither has no effect, and so may change.
bool needs_restart(std::string_view name) {
  const auto aliases = config_aliases();
  const auto alias = std::find_if(aliases.begin(), aliases.end(),
                                  [&](const ConfigAlias& each) { return each.name == name; });
  const ConfigKey* const key = find_config_key(alias == aliases.end() ? name : alias->of);
  return key != nullptr && key->update == ConfigUpdate::read_only;
}

}  // namespace

Result<ReloadedConfig, ConfigError> reload_config(const BrokerConfig& running,
                                                  const BrokerConfig& read) {
  Settings given;
  for (const auto& [name, text] : running.given) {
    if (needs_restart(name)) given[name] = text;
  }
  for (const auto& [name, text] : read.given) {
    if (!needs_restart(name)) given[name] = text;
  }
  ReloadedConfig reloaded;
  reloaded.config = TRY(config_of(std::move(given))).config;
  for_each_key([&](const ConfigKey& key) {
    const bool stays = key.update == ConfigUpdate::read_only;
    const BrokerConfig& now = stays ? read : reloaded.config;
    if (key.get(running, key) == key.get(now, key)) return;
    (stays ? reloaded.need_restart : reloaded.changed).push_back(key.name);
  });
  return reloaded;
}

}  // namespace weir
