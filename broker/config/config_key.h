// ConfigKey: one row of the table between Kafka's keys and BrokerConfig's fields.
//
// A key is set from text, checked on the way, and its value in effect is text again, such that
// set(get()) changes nothing. An alias is another name for a key, in another unit: Kafka's
// log.retention.hours for log.retention.ms. Where both are given the key counts before its aliases,
// and those in their order here, whatever their order in the file.
//
//   log.retention.hours=5             log.retention is 18,000,000 ms
//   log.retention.hours=5
//   log.retention.ms=1000             log.retention is 1000 ms
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "broker/config.h"
#include "model/types/config_resource.h"

namespace weir {

// May it change while the broker runs, and for whom?
enum class ConfigUpdate : uint8_t {
  read_only,     // by a restart only
  per_broker,    // for one broker
  cluster_wide,  // for one broker, or as the default of all
};

struct ConfigKey {
  std::string_view name;
  ConfigType type;
  ConfigUpdate update;
  int64_t least;  // of numbers
  int64_t most;
  // The error is a reason only.
  Result<Done, std::string> (*set)(BrokerConfig& config, const ConfigKey& key,
                                   std::string_view text);
  // Nothing: no value is set, and none is the default.
  std::optional<std::string> (*get)(const BrokerConfig& config, const ConfigKey& key);
  std::string_view documentation;  // one sentence
};

struct ConfigAlias {
  std::string_view name;
  std::string_view of;
  int64_t unit;  // the key's value is this many times the alias's; 0: the same text
  std::string_view default_text;  // the key's default in this unit, where Kafka keeps it here
  std::string_view documentation;

  // Kafka's own key in a coarser unit, a 32-bit number; other aliases are another name of the same.
  [[nodiscard]] constexpr bool is_coarser() const { return unit > 1; }
};

// The keys are in three tables: those of the server, of the logs and of the coordination service; in
// the order of printing.
std::span<const ConfigKey> server_keys();
std::span<const ConfigKey> log_keys();
std::span<const ConfigKey> coordinator_keys();
template <class Visit>
void for_each_key(Visit&& visit) {
  for (const ConfigKey& key : server_keys()) visit(key);
  for (const ConfigKey& key : log_keys()) visit(key);
  for (const ConfigKey& key : coordinator_keys()) visit(key);
}
std::span<const ConfigAlias> config_aliases();

const ConfigKey* find_config_key(std::string_view name);  // null: there is none
bool is_config_alias(std::string_view name);

// Kafka's keys for parts that this broker does not have.
bool is_unused_key(std::string_view name);

// "; did you mean log.dirs?" for a name that is nearly a key's, else nothing.
std::string suggest_key(std::string_view name);

// The settings under the names of keys, aliases replaced by what they stand for. What is neither is
// left out. The error names an alias whose value is no number.
Result<Settings, ConfigError> resolve_aliases(const Settings& given);

// Sets every key of `given` in `config`; on an error `config` is half set.
Result<Done, ConfigError> apply_settings(BrokerConfig& config, const Settings& given);

}  // namespace weir
