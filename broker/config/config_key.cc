#include "broker/config/config_key.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/config/unused_keys.h"
#include "broker/config/value_text.h"

namespace weir {
namespace {

constexpr std::string_view kMinutesForMs = "log.retention.ms in minutes.";
constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 3'600'000;

constexpr ConfigAlias kAliases[] = {
    {"node.id", "broker.id", 0, "", "Another name of broker.id."},
    {"log.dir", "log.dirs", 0, "data", "Another name of log.dirs."},
    {"log.retention.minutes", "log.retention.ms", kMinute, "", kMinutesForMs},
    {"log.retention.hours", "log.retention.ms", kHour, "168", "log.retention.ms in hours."},
    {"log.roll.hours", "log.roll.ms", kHour, "168", "log.roll.ms in hours."},
    {"log.roll.jitter.hours", "log.roll.jitter.ms", kHour, "0", "log.roll.jitter.ms in hours."},
    {"log.message.timestamp.difference.max.ms", "log.message.timestamp.before.max.ms", 1, "",
     "Both log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms."},
    {"log.message.timestamp.difference.max.ms", "log.message.timestamp.after.max.ms", 1, "",
     "Both log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms."},
};

// The alias's text in the unit of its key. A "-1" of any unit stays what it is: without a limit.
Result<std::string, ConfigError> in_unit_of_key(const ConfigAlias& alias, const std::string& text) {
  if (alias.unit == 0) return text;
  const int64_t most = alias.is_coarser() ? std::numeric_limits<int32_t>::max()
                                          : std::numeric_limits<int64_t>::max();
  const auto value = parse_whole(text, -1, most);
  if (!value) return ConfigError{fmt::format("{} = {}: {}", alias.name, text, value.error())};
  return std::to_string(*value == -1 ? -1 : *value * alias.unit);
}

// A name that is hardly like any is not guessed at.
size_t most_edits(std::string_view name) { return std::clamp<size_t>(name.size() / 4, 1, 4); }

}  // namespace

bool is_unused_key(std::string_view name) {
  return std::binary_search(unused_keys().begin(), unused_keys().end(), name);
}

std::span<const ConfigAlias> config_aliases() { return kAliases; }

const ConfigKey* find_config_key(std::string_view name) {
  const ConfigKey* found = nullptr;
  for_each_key([&](const ConfigKey& key) {
    if (key.name == name) found = &key;
  });
  return found;
}

bool is_config_alias(std::string_view name) {
  return std::any_of(std::begin(kAliases), std::end(kAliases),
                     [&](const ConfigAlias& alias) { return alias.name == name; });
}

std::string suggest_key(std::string_view name) {
  constexpr size_t kLongestName = 100;
  if (name.size() > kLongestName) return {};
  size_t best = most_edits(name) + 1;
  std::string_view nearest;
  const auto consider = [&](std::string_view known) {
    const size_t edits = edit_distance(name, known);
    if (edits >= best) return;
    best = edits;
    nearest = known;
  };
  for_each_key([&](const ConfigKey& key) { consider(key.name); });
  for (const ConfigAlias& alias : kAliases) consider(alias.name);
  for (const std::string_view unused : unused_keys()) consider(unused);
  return nearest.empty() ? std::string{} : fmt::format("; did you mean {}?", nearest);
}

Result<Settings, ConfigError> resolve_aliases(const Settings& given) {
  Settings resolved;
  // From the last alias to the key itself: what counts more comes later and replaces.
  for (auto alias = std::rbegin(kAliases); alias != std::rend(kAliases); ++alias) {
    const auto at = given.find(alias->name);
    if (at != given.end()) {
      resolved[std::string(alias->of)] = TRY(in_unit_of_key(*alias, at->second));
    }
  }
  for (const auto& [name, text] : given) {
    if (find_config_key(name) != nullptr) resolved[name] = text;
  }
  return resolved;
}

Result<Done, ConfigError> apply_settings(BrokerConfig& config, const Settings& given) {
  for (const auto& [name, text] : TRY(resolve_aliases(given))) {
    const ConfigKey& key = *find_config_key(name);
    if (const auto set = key.set(config, key, text); !set) {
      return ConfigError{fmt::format("{} = {}: {}", name, text, set.error())};
    }
  }
  return Done{};
}

}  // namespace weir
