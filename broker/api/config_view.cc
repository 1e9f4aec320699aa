#include "broker/api/config_view.h"

#include <algorithm>

#include "broker/config/config_key.h"
#include "broker/config/topic_config.h"

namespace weir {
namespace {

using Synonym = DescribeConfigsResponse::Synonym;

bool has_coarser(const ConfigKey& key) {
  const auto aliases = config_aliases();
  return std::any_of(aliases.begin(), aliases.end(), [&](const ConfigAlias& alias) {
    return alias.of == key.name && alias.is_coarser();
  });
}

// What one place says about a key, under its own name and under its aliases.
void add_from(const Settings& place, ConfigSource source, std::string_view key,
              std::vector<Synonym>& to) {
  if (const auto own = place.find(key); own != place.end()) {
    to.push_back({own->first, own->second, source});
  }
  for (const ConfigAlias& alias : config_aliases()) {
    if (alias.of != key) continue;
    const auto at = place.find(alias.name);
    if (at != place.end()) to.push_back({at->first, at->second, source});
  }
}

void add_default(const ConfigKey& key, const BrokerConfig& defaults, std::vector<Synonym>& to) {
  for (const ConfigAlias& alias : config_aliases()) {
    if (alias.of != key.name || alias.default_text.empty()) continue;
    to.push_back(
        {std::string(alias.name), std::string(alias.default_text), ConfigSource::default_value});
    return;
  }
  if (auto text = key.get(defaults, key)) {
    to.push_back({std::string(key.name), std::move(*text), ConfigSource::default_value});
  }
}

// As Kafka shows `name`, which is the key or one of its aliases: from the first place on that has it
// under this very name.
std::vector<Synonym> places_of(const ShardContext& shard, const BrokerConfig& defaults,
                               const ConfigKey& key, std::string_view name) {
  std::vector<Synonym> places;
  add_from(shard.dynamic.of_this_broker, ConfigSource::dynamic_broker, key.name, places);
  add_from(shard.dynamic.of_all_brokers, ConfigSource::dynamic_default_broker, key.name, places);
  const size_t before = places.size();
  add_from(shard.static_config.given, ConfigSource::static_broker, key.name, places);
  auto text = key.get(shard.static_config, key);
  if (places.size() == before && text != key.get(defaults, key)) {
    // Not from a file: who started the broker set the field.
    places.push_back({std::string(key.name), std::move(text), ConfigSource::static_broker});
  }
  add_default(key, defaults, places);
  if (has_coarser(key)) {
    places.erase(places.begin(), std::find_if(places.begin(), places.end(), [&](const Synonym& at) {
                   return at.name == name;
                 }));
  }
  return places;
}

// As it was written where it counts, when that is in the key's own unit. What came of a coarser unit
// Kafka shows under the coarser name only; of another name for the same it shows what came of it.
std::optional<std::string> value_of(const ShardContext& shard, const ConfigKey& key,
                                    const std::vector<Synonym>& places) {
  if (!places.empty() && places.front().name == key.name) return places.front().value;
  if (has_coarser(key)) return std::nullopt;
  return key.get(shard.config, key);
}

DescribedConfig describe_alias(const ShardContext& shard, const BrokerConfig& defaults,
                               const ConfigAlias& alias) {
  const ConfigKey& key = *find_config_key(alias.of);
  std::vector<Synonym> places;
  if (alias.is_coarser()) {
    places = places_of(shard, defaults, key, alias.name);
  } else {
    const Settings& given = shard.static_config.given;
    const auto at = given.find(alias.name);
    if (at != given.end()) places.push_back({at->first, at->second, ConfigSource::static_broker});
    if (!alias.default_text.empty()) {
      places.push_back(
          {std::string(alias.name), std::string(alias.default_text), ConfigSource::default_value});
    }
  }
  std::optional<std::string> value = places.empty() ? std::nullopt : places.front().value;
  const ConfigType type = alias.is_coarser() ? ConfigType::int32 : key.type;  // Kafka's, with its range
  return {std::string(alias.name), std::move(value),    true,
          type,                    alias.documentation, std::move(places)};
}

}  // namespace

std::vector<DescribedConfig> describe_topic(const ShardContext& shard, const Settings& overrides) {
  const BrokerConfig defaults;
  std::vector<DescribedConfig> configs;
  for (const TopicKey& key : topic_keys()) {
    DescribedConfig& config = configs.emplace_back();
    config.name = key.name;
    config.value = topic_value(shard.config, overrides, key);
    config.type = key.type();
    config.documentation = key.documentation();
    if (const auto own = overrides.find(key.name); own != overrides.end()) {
      config.synonyms.push_back({own->first, own->second, ConfigSource::dynamic_topic});
    }
    if (key.broker_key.empty()) {
      if (key.kafka_key.empty()) continue;
      config.synonyms.push_back(
          {std::string(key.kafka_key), std::string(key.own_default), ConfigSource::default_value});
      continue;
    }
    const ConfigKey& broker_key = *find_config_key(key.broker_key);
    for (Synonym& place : places_of(shard, defaults, broker_key, broker_key.name)) {
      config.synonyms.push_back(std::move(place));
    }
  }
  return configs;
}

std::vector<DescribedConfig> describe_broker(const ShardContext& shard) {
  const BrokerConfig defaults;
  std::vector<DescribedConfig> configs;
  for_each_key([&](const ConfigKey& key) {
    std::vector<Synonym> places = places_of(shard, defaults, key, key.name);
    std::optional<std::string> value = value_of(shard, key, places);
    configs.push_back({std::string(key.name), std::move(value),
                       key.update == ConfigUpdate::read_only, key.type, key.documentation,
                       std::move(places)});
  });
  std::string_view last;
  for (const ConfigAlias& alias : config_aliases()) {
    if (alias.name == last) continue;  // it stands for two keys
    last = alias.name;
    configs.push_back(describe_alias(shard, defaults, alias));
  }
  return configs;
}

std::vector<DescribedConfig> describe_all_brokers(const ShardContext& shard) {
  std::vector<DescribedConfig> configs;
  for (const auto& [name, text] : shard.dynamic.of_all_brokers) {
    const ConfigKey* const key = find_config_key(name);
    if (key == nullptr) continue;
    configs.push_back({name,
                       text,
                       false,
                       key->type,
                       key->documentation,
                       {{name, text, ConfigSource::dynamic_default_broker}}});
  }
  return configs;
}

}  // namespace weir
