#include "broker/metadata/dynamic_configs.h"

#include <fmt/core.h>

#include "broker/config/config_key.h"
#include "sim/fiber/atomic_file.h"

namespace weir {
namespace {

constexpr std::string_view kFile = "weir-configs";
constexpr std::string_view kAllBrokers = "default";
constexpr uint64_t kMaxBytes = 16 << 20;

}  // namespace

Result<BrokerConfig, ConfigError> with_dynamic(const BrokerConfig& from_file,
                                               const DynamicConfigs& dynamic) {
  BrokerConfig config = from_file;
  TRY(apply_settings(config, dynamic.of_all_brokers));
  TRY(apply_settings(config, dynamic.of_this_broker));
  return config;
}

Result<Done, IoError> DynamicConfigStore::await_load() {
  const auto content = await_read_file(env_.disk, kFile, kMaxBytes);
  if (!content) {
    if (content.error().kind == IoErrorKind::not_found) return Done{};
    return content.error();
  }
  std::string_view text = as_text(*content);
  Entities entities;
  for (bool first = true; !text.empty(); first = false) {
    const size_t newline = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (first && line == "0") continue;
    const size_t space = std::min(line.find(' '), line.size());
    auto settings = decode_settings(line.substr(std::min(space + 1, line.size())));
    if (first || !settings) {
      return IoError{IoErrorKind::other, fmt::format("{} is corrupt at \"{}\"", kFile, line)};
    }
    entities[std::string(line.substr(0, space))] = std::move(*settings);
  }
  entities_ = std::move(entities);
  return Done{};
}

Result<Done, IoError> DynamicConfigStore::await_write(const DynamicConfigs& changed) {
  Entities entities = entities_;
  entities[std::string(kAllBrokers)] = changed.of_all_brokers;
  entities[own_entity()] = changed.of_this_broker;
  std::string text = "0\n";
  for (const auto& [entity, settings] : entities) {
    if (settings.empty()) continue;
    text += fmt::format("{} {}\n", entity, encode_settings(settings));
  }
  TRY(await_replace_file(env_, kFile, as_bytes(text)));
  entities_ = std::move(entities);
  return Done{};
}

DynamicConfigs DynamicConfigStore::current() const {
  DynamicConfigs dynamic;
  const auto all = entities_.find(std::string(kAllBrokers));
  if (all != entities_.end()) dynamic.of_all_brokers = all->second;
  const auto own = entities_.find(own_entity());
  if (own != entities_.end()) dynamic.of_this_broker = own->second;
  return dynamic;
}

std::string DynamicConfigStore::own_entity() const {
  return fmt::format("broker-{}", self_.value());
}

}  // namespace weir
