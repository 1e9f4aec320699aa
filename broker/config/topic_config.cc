#include "broker/config/topic_config.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/config/value_text.h"

namespace weir {
namespace {

using enum ConfigType;

constexpr std::string_view kDifference = "message.timestamp.difference.max.ms";
constexpr std::string_view kCompaction = "Kept, without effect: there is no compaction yet.";
constexpr std::string_view kReplication = "Kept, without effect: there is no replication yet.";
constexpr std::string_view kTiers = "Kept, without effect: there is no tiered storage.";
constexpr std::string_view kLevels = "Kept, without effect: the codec's default level is used.";

// Sorted.
constexpr TopicKey kTopicKeys[] = {
    {"cleanup.policy", "log.cleanup.policy"},
    {"compression.gzip.level", "", int32, "-1", -1, kLevels, "compression.gzip.level"},
    {"compression.lz4.level", "", int32, "9", 1, kLevels, "compression.lz4.level"},
    {"compression.type", "compression.type"},
    {"compression.zstd.level", "", int32, "3", -131'072, kLevels, "compression.zstd.level"},
    {"delete.retention.ms", "", int64, "86400000", 0, kCompaction,
     "log.cleaner.delete.retention.ms"},
    {"file.delete.delay.ms", "log.segment.delete.delay.ms"},
    {"flush.messages", "log.flush.interval.messages"},
    {"flush.ms", "log.flush.interval.ms", int64, "9223372036854775807"},  // in place of nothing
    {"follower.replication.throttled.replicas", "", list, "", 0, kReplication},
    {"index.interval.bytes", "log.index.interval.bytes"},
    {"leader.replication.throttled.replicas", "", list, "", 0, kReplication},
    {"local.retention.bytes", "", int64, "-2", -2, kTiers, "log.local.retention.bytes"},
    {"local.retention.ms", "", int64, "-2", -2, kTiers, "log.local.retention.ms"},
    {"max.compaction.lag.ms", "", int64, "9223372036854775807", 1, kCompaction,
     "log.cleaner.max.compaction.lag.ms"},
    {"max.message.bytes", "message.max.bytes"},
    {"message.downconversion.enable", "", boolean, "true", 0,
     "Kept, without effect: old formats are not served.", "log.message.downconversion.enable"},
    {"message.format.version", "", string, "3.0-IV1", 0,
     "Kept, without effect: records have format 2.", "log.message.format.version"},
    {"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"},
    {"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"},
    {kDifference, "", int64, "9223372036854775807", 0,
     "Both message.timestamp.before.max.ms and message.timestamp.after.max.ms, where those are not "
     "set.",
     "log.message.timestamp.difference.max.ms"},
    {"message.timestamp.type", "log.message.timestamp.type"},
    {"min.cleanable.dirty.ratio", "", floating, "0.5", 0, kCompaction,
     "log.cleaner.min.cleanable.ratio"},
    {"min.compaction.lag.ms", "", int64, "0", 0, kCompaction, "log.cleaner.min.compaction.lag.ms"},
    {"min.insync.replicas", "min.insync.replicas"},
    {"preallocate", "", boolean, "false", 0,
     "Kept, without effect: files grow as they are written.", "log.preallocate"},
    {"remote.log.copy.disable", "", boolean, "false", 0, kTiers},
    {"remote.log.delete.on.disable", "", boolean, "false", 0, kTiers},
    {"remote.storage.enable", "", boolean, "false", 0,
     "Whether old segments move to remote storage; there is none, so only false."},
    {"retention.bytes", "log.retention.bytes"},
    {"retention.ms", "log.retention.ms"},
    {"segment.bytes", "log.segment.bytes"},
    {"segment.index.bytes", "log.index.size.max.bytes"},
    {"segment.jitter.ms", "log.roll.jitter.ms"},
    {"segment.ms", "log.roll.ms"},
    {"unclean.leader.election.enable", "", boolean, "false", 0, kReplication,
     "unclean.leader.election.enable"},
};

// "0", "0.25", ".5", "1.0": from 0 to 1, without floating point.
bool is_ratio(std::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view rest = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() && rest.empty()) return false;
  if (!whole.empty() && whole != "0" && whole != "1") return false;
  const std::string_view digits = whole == "1" ? "0" : "0123456789";
  return rest.find_first_not_of(digits) == std::string_view::npos;
}

Result<Done, std::string> check_own(const TopicKey& key, std::string_view text) {
  switch (key.own_type) {
    case boolean: {
      const bool value = TRY(parse_boolean(text));
      if (value && key.name == "remote.storage.enable") {
        return std::string("this broker has no remote storage; use false");
      }
      return Done{};
    }
    case int32:
      TRY(parse_whole(text, key.least, std::numeric_limits<int32_t>::max()));
      break;
    case int64:
      TRY(parse_whole(text, key.least, std::numeric_limits<int64_t>::max()));
      break;
    case floating:
      if (!is_ratio(text)) return std::string("must be a number from 0 to 1");
      break;
    default:
      break;
  }
  return Done{};
}

std::string suggest_topic_key(std::string_view name) {
  constexpr size_t kLongestName = 100;
  constexpr size_t kMostEdits = 4;
  if (name.size() > kLongestName) return {};
  const TopicKey* nearest = nullptr;
  size_t best = std::min(name.size() / 4 + 1, kMostEdits) + 1;
  for (const TopicKey& key : kTopicKeys) {
    const size_t edits = edit_distance(name, key.name);
    if (edits >= best) continue;
    best = edits;
    nearest = &key;
  }
  return nearest == nullptr ? std::string{} : fmt::format("; did you mean {}?", nearest->name);
}

// Sets the broker's key for this topic, or checks what has none.
Result<Done, std::string> set(BrokerConfig& config, const TopicKey& key, std::string_view text) {
  if (key.broker_key.empty()) return check_own(key, text);
  const ConfigKey& broker_key = *find_config_key(key.broker_key);
  return broker_key.set(config, broker_key, text);
}

}  // namespace

ConfigType TopicKey::type() const {
  return broker_key.empty() ? own_type : find_config_key(broker_key)->type;
}

std::string_view TopicKey::documentation() const {
  return broker_key.empty() ? own_documentation : find_config_key(broker_key)->documentation;
}

std::span<const TopicKey> topic_keys() { return kTopicKeys; }

const TopicKey* find_topic_key(std::string_view name) {
  const auto at = std::lower_bound(
      std::begin(kTopicKeys), std::end(kTopicKeys), name,
      [](const TopicKey& key, std::string_view wanted) { return key.name < wanted; });
  return at == std::end(kTopicKeys) || at->name != name ? nullptr : &*at;
}

Result<LogSettings, ConfigError> log_settings_of(const BrokerConfig& broker,
                                                 const Settings& overrides) {
  BrokerConfig config = broker;
  const auto difference = overrides.find(kDifference);
  if (difference != overrides.end()) {
    const auto ms = parse_whole(difference->second, 0, std::numeric_limits<int64_t>::max());
    if (ms) {
      config.log.records.timestamp_before_max_ms = *ms;
      config.log.records.timestamp_after_max_ms = *ms;
    }
  }
  for (const auto& [name, text] : overrides) {
    const TopicKey* const key = find_topic_key(name);
    if (key == nullptr) {
      return ConfigError{
          fmt::format("{} is no setting of a topic{}", name, suggest_topic_key(name))};
    }
    if (const auto done = set(config, *key, text); !done) {
      return ConfigError{fmt::format("{} = {}: {}", name, text, done.error())};
    }
  }
  return config.log;
}

std::optional<std::string> topic_value(const BrokerConfig& broker, const Settings& overrides,
                                       const TopicKey& key) {
  if (const auto own = overrides.find(key.name); own != overrides.end()) return own->second;
  if (key.broker_key.empty()) return std::string(key.own_default);
  const ConfigKey& broker_key = *find_config_key(key.broker_key);
  if (auto text = broker_key.get(broker, broker_key)) return text;
  if (key.own_default.empty()) return std::nullopt;
  return std::string(key.own_default);
}

}  // namespace weir
