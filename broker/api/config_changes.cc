#include "broker/api/config_changes.h"

#include <fmt/core.h>

#include "broker/config/config_key.h"
#include "broker/config/topic_config.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr std::string_view kComponent = "Config";

ConfigRefusal storage_error(ShardContext& shard0, const IoError& error) {
  log_line(shard0.env.log, LogLevel::error, kComponent, [&] {
    return fmt::format("changed settings could not be written: {} ({})", to_text(error.kind),
                       error.what);
  });
  return {ErrorCode::kafka_storage_error, "the settings could not be written"};
}

// Gives the logs of one topic that live on `shard` their settings.
void configure_topic(ShardContext& shard, const std::string& name, const TopicInfo& info) {
  const LogSettings settings = log_settings_in_effect(shard, name, info.configs);
  for (int32_t i = 0; i < info.partition_count; ++i) {
    const PartitionIndex index{i};
    if (shard.owner_of(name, index) == shard.env.shards.self()) {
      shard.replicas.configure({name, index}, settings);
    }
  }
}

// Adds to `config` and `taken` what of `kept` this version takes. One setting that it does not take
// must not take the others away: with them could go what keeps records from being deleted.
void take_each(ShardContext& shard0, const Settings& kept, Settings& taken, BrokerConfig& config) {
  for (const auto& [name, text] : kept) {
    BrokerConfig changed = config;
    const auto applied = apply_settings(changed, {{name, text}});
    if (applied) {
      taken[name] = text;
      config = std::move(changed);
    } else {
      log_line(shard0.env.log, LogLevel::error, kComponent, [&] {
        return "a setting that was changed while the broker ran is left out: " +
               applied.error().message;
      });
    }
  }
}

// By value: each shard's own copy is written here, and the arguments may be shard 0's.
void await_publish(ShardContext& shard0, BrokerConfig from_file, DynamicConfigs dynamic) {
  DynamicConfigs taken;
  BrokerConfig in_effect = from_file;
  take_each(shard0, dynamic.of_all_brokers, taken.of_all_brokers, in_effect);
  take_each(shard0, dynamic.of_this_broker, taken.of_this_broker, in_effect);
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    shard0.await_on(i, [&](ShardContext& there) {
      there.dynamic = taken;
      there.static_config = from_file;
      there.config = in_effect;
      there.logs.set_producer_expiration(in_effect.producer_id_expiration);
      for (const auto& [name, info] : there.metadata.topics()) configure_topic(there, name, info);
      return Done{};
    });
  }
}

ConfigRefusal await_change_topic_on_0(ShardContext& shard0, const std::string& name,
                                      const ConfigChange& change) {
  const Mutex::Lock lock = shard0.cluster->creating.await_lock();
  const TopicInfo* const info = shard0.metadata.find(name);
  if (info == nullptr) {
    return {ErrorCode::unknown_topic_or_partition, fmt::format("there is no topic {}", name)};
  }
  const Settings start = change.start == EditStart::current ? info->configs : Settings{};
  const auto edited = edit_topic_settings(shard0.config, start, change.edits);
  if (!edited) return edited.error();
  if (change.validate_only) return {ErrorCode::none, {}};
  TopicInfo changed = *info;
  changed.configs = *edited;
  const auto written = shard0.cluster->topics.await_set_configs(name, changed.configs);
  if (!written) return storage_error(shard0, written.error());
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    shard0.await_on(i, [&](ShardContext& there) {
      there.put_topic(name, changed);
      configure_topic(there, name, changed);
      return Done{};
    });
  }
  return {ErrorCode::none, {}};
}

ConfigRefusal await_change_broker_on_0(ShardContext& shard0, BrokerScope scope,
                                       const ConfigChange& change) {
  const Mutex::Lock lock = shard0.cluster->creating.await_lock();
  DynamicConfigs dynamic = shard0.dynamic;
  Settings& of_scope =
      scope == BrokerScope::one_broker ? dynamic.of_this_broker : dynamic.of_all_brokers;
  const Settings start = change.start == EditStart::current ? of_scope : Settings{};
  const auto edited = edit_broker_settings(shard0.config, scope, start, change.edits);
  if (!edited) return edited.error();
  of_scope = *edited;
  if (const auto checked = with_dynamic(shard0.static_config, dynamic); !checked) {
    return {ErrorCode::invalid_config, checked.error().message};
  }
  if (change.validate_only) return {ErrorCode::none, {}};
  const auto written = shard0.cluster->configs.await_write(dynamic);
  if (!written) return storage_error(shard0, written.error());
  await_publish_configs(shard0, dynamic);
  return {ErrorCode::none, {}};
}

}  // namespace

ConfigRefusal await_change_topic(ShardContext& shard, const std::string& topic,
                                 const ConfigChange& change) {
  return shard.await_on(
      0, [&](ShardContext& shard0) { return await_change_topic_on_0(shard0, topic, change); });
}

ConfigRefusal await_change_broker(ShardContext& shard, BrokerScope scope,
                                  const ConfigChange& change) {
  return shard.await_on(
      0, [&](ShardContext& shard0) { return await_change_broker_on_0(shard0, scope, change); });
}

void await_publish_configs(ShardContext& shard0, const DynamicConfigs& dynamic) {
  if (dynamic.of_all_brokers.empty() && dynamic.of_this_broker.empty() &&
      shard0.dynamic.of_all_brokers.empty() && shard0.dynamic.of_this_broker.empty()) {
    return;  // nothing was ever changed
  }
  await_publish(shard0, shard0.static_config, dynamic);
}

void await_publish_reloaded(ShardContext& shard0, const BrokerConfig& from_file) {
  await_publish(shard0, from_file, shard0.dynamic);
}

LogSettings log_settings_in_effect(const ShardContext& shard, const std::string& topic,
                                   const Settings& overrides) {
  if (const auto settings = log_settings_of(shard.config, overrides)) return *settings;
  Settings taken;
  for (const auto& [name, text] : overrides) {
    const auto alone = log_settings_of(shard.config, {{name, text}});
    if (alone) {
      taken[name] = text;
    } else {
      log_line(shard.env.log, LogLevel::error, kComponent, [&] {
        return fmt::format("a setting of topic {} is left out: {}", topic, alone.error().message);
      });
    }
  }
  const auto settings = log_settings_of(shard.config, taken);
  CHECK(settings.ok());  // topics' settings do not depend on each other
  return *settings;
}

}  // namespace weir
