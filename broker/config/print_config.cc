#include "broker/config/print_config.h"

#include <fmt/core.h>

#include "broker/config/config_key.h"

namespace weir {
namespace {

using Text = std::optional<std::string>;

std::string_view name_of(ConfigType type) {
  switch (type) {
    case ConfigType::boolean:
      return "boolean";
    case ConfigType::string:
      return "string";
    case ConfigType::int32:
      return "int";
    case ConfigType::int16:
      return "short";
    case ConfigType::int64:
      return "long";
    case ConfigType::floating:
      return "double";
    case ConfigType::list:
      return "list";
    case ConfigType::class_name:
      return "class";
    case ConfigType::password:
      return "password";
    case ConfigType::unknown:
      break;
  }
  return "unknown";
}

std::string_view name_of(ConfigUpdate update) {
  switch (update) {
    case ConfigUpdate::read_only:
      return "read-only";
    case ConfigUpdate::per_broker:
      return "per-broker";
    case ConfigUpdate::cluster_wide:
      break;
  }
  return "cluster-wide";
}

std::string json_text(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      json += c;
    }
  }
  return json + '"';
}

std::string json_text(const Text& text) {
  return text ? json_text(std::string_view{*text}) : std::string("null");
}

std::string default_note(const Text& value, const Text& normal) {
  if (value == normal) return "Default.";
  if (!normal) return "Default: none.";
  return fmt::format("Default: {}", escape_property(*normal));
}

}  // namespace

std::string print_properties(const BrokerConfig& config) {
  const BrokerConfig defaults;
  std::string text;
  for_each_key([&](const ConfigKey& key) {
    const Text value = key.get(config, key);
    const Text normal = key.get(defaults, key);
    text += fmt::format("# {}\n# {}\n", key.documentation, default_note(value, normal));
    text +=
        fmt::format("{}{}={}\n\n", value ? "" : "#", key.name, escape_property(value.value_or("")));
  });
  return text;
}

std::string print_json(const BrokerConfig& config) {
  const BrokerConfig defaults;
  std::string json;
  for_each_key([&](const ConfigKey& key) {
    const Text value = key.get(config, key);
    const Text normal = key.get(defaults, key);
    json += fmt::format(
        "{}  {{\"name\": {}, \"value\": {}, \"default\": {}, \"isDefault\": {}, \"type\": {}, "
        "\"update\": {}, \"documentation\": {}}}",
        json.empty() ? "" : ",\n", json_text(key.name), json_text(value), json_text(normal),
        value == normal, json_text(name_of(key.type)), json_text(name_of(key.update)),
        json_text(key.documentation));
  });
  return "[\n" + json + "\n]\n";
}

}  // namespace weir
