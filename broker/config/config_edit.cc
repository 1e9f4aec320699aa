#include "broker/config/config_edit.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "broker/config/topic_config.h"
#include "broker/config/value_text.h"

namespace weir {
namespace {

ConfigRefusal invalid(std::string message) {
  return {ErrorCode::invalid_config, std::move(message)};
}
ConfigRefusal wrong_request(std::string message) {
  return {ErrorCode::invalid_request, std::move(message)};
}

// What an edit has to know about its key.
struct KeyNow {
  bool is_list = false;
  std::string in_effect;
};

std::string join(const std::vector<std::string_view>& items) {
  std::string text;
  for (const std::string_view item : items) {
    if (!text.empty()) text += ',';
    text += item;
  }
  return text;
}

// The list in effect with the items of `change` in it once, or not in it.
std::string change_list(std::string_view in_effect, std::string_view change, bool append) {
  std::vector<std::string_view> items = split_list(in_effect);
  for (const std::string_view item : split_list(change)) {
    const auto at = std::find(items.begin(), items.end(), item);
    if (append && at == items.end()) items.push_back(item);
    if (!append && at != items.end()) items.erase(at);
  }
  return join(items);
}

Result<Done, ConfigRefusal> edit_one(Settings& settings, const ConfigEdit& edit,
                                     const KeyNow& key) {
  if (edit.operation == AlterConfigOp::remove) {
    settings.erase(edit.name);
    return Done{};
  }
  if (!edit.value) {
    return wrong_request(fmt::format("{} has no value; to take it away, delete it", edit.name));
  }
  switch (edit.operation) {
    case AlterConfigOp::set:
      settings[edit.name] = *edit.value;
      return Done{};
    case AlterConfigOp::append:
    case AlterConfigOp::subtract:
      if (!key.is_list) {
        return invalid(
            fmt::format("{} is no list: nothing can be appended to it or subtracted", edit.name));
      }
      settings[edit.name] =
          change_list(key.in_effect, *edit.value, edit.operation == AlterConfigOp::append);
      return Done{};
    default:
      break;
  }
  return wrong_request(
      fmt::format("{} is no operation on {}", static_cast<int>(edit.operation), edit.name));
}

Result<Done, ConfigRefusal> refuse_doubles(const std::vector<ConfigEdit>& edits) {
  std::set<std::string_view> names;
  for (const ConfigEdit& edit : edits) {
    if (!names.insert(edit.name).second) {
      return wrong_request(fmt::format("{} stands twice in one request", edit.name));
    }
  }
  return Done{};
}

Result<Done, ConfigRefusal> refuse_long_values(const Settings& settings) {
  for (const auto& [name, value] : settings) {
    if (value.size() > kMaxKeptValueBytes) {
      return invalid(fmt::format("{} has {} bytes; a value may have {}", name, value.size(),
                                 kMaxKeptValueBytes));
    }
  }
  return Done{};
}

Result<Done, ConfigRefusal> check_dynamic(const ConfigEdit& edit, BrokerScope scope) {
  const ConfigKey* const key = find_config_key(edit.name);
  if (key == nullptr && is_unused_key(edit.name)) {
    return invalid(fmt::format("{} is known, but not used by this broker yet", edit.name));
  }
  if (key == nullptr && !is_config_alias(edit.name)) {
    return invalid(
        fmt::format("{} is no setting of a broker{}", edit.name, suggest_key(edit.name)));
  }
  if (key == nullptr || key->update == ConfigUpdate::read_only) {
    return wrong_request(
        fmt::format("{} cannot change while the broker runs; set it in "
                    "server.properties and restart",
                    edit.name));
  }
  if (key->update == ConfigUpdate::per_broker && scope == BrokerScope::all_brokers) {
    return wrong_request(fmt::format("{} is set for one broker, not for all", edit.name));
  }
  return Done{};
}

}  // namespace

Result<Settings, ConfigRefusal> edit_topic_settings(const BrokerConfig& broker,
                                                    const Settings& current,
                                                    const std::vector<ConfigEdit>& edits) {
  TRY(refuse_doubles(edits));
  Settings settings = current;
  for (const ConfigEdit& edit : edits) {
    KeyNow now;
    if (const TopicKey* const key = find_topic_key(edit.name)) {
      now = {key->type() == ConfigType::list, topic_value(broker, current, *key).value_or("")};
    } else if (edit.operation == AlterConfigOp::remove && !current.contains(edit.name)) {
      return invalid(fmt::format("{} is no setting of a topic", edit.name));
    }
    TRY(edit_one(settings, edit, now));
  }
  TRY(refuse_long_values(settings));
  if (const auto checked = log_settings_of(broker, settings); !checked) {
    return invalid(checked.error().message);
  }
  return settings;
}

Result<Settings, ConfigRefusal> edit_broker_settings(const BrokerConfig& in_effect,
                                                     BrokerScope scope, const Settings& current,
                                                     const std::vector<ConfigEdit>& edits) {
  TRY(refuse_doubles(edits));
  Settings settings = current;
  for (const ConfigEdit& edit : edits) {
    TRY(check_dynamic(edit, scope));
    const ConfigKey& key = *find_config_key(edit.name);
    TRY(edit_one(settings, edit,
                 {key.type == ConfigType::list, key.get(in_effect, key).value_or("")}));
  }
  TRY(refuse_long_values(settings));
  BrokerConfig checked = in_effect;
  if (const auto applied = apply_settings(checked, settings); !applied) {
    return invalid(applied.error().message);
  }
  return settings;
}

}  // namespace weir
