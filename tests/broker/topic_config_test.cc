// What topics set for themselves, changes of settings, and settings in files.
#include "tests/support/test_pch.h"

#include "broker/config/config_edit.h"
#include "broker/config/topic_config.h"
#include "sim/base/stream.h"

namespace weir {
namespace {

LogSettings settings(const BrokerConfig& broker, const Settings& overrides) {
  const auto result = log_settings_of(broker, overrides);
  if (!result) FAIL(result.error().message);
  return *result;
}

std::string refusal(const Settings& overrides) {
  const auto result = log_settings_of(BrokerConfig{}, overrides);
  REQUIRE_FALSE(result.ok());
  return result.error().message;
}

Settings edited(const Settings& current, const std::vector<ConfigEdit>& edits) {
  const auto result = edit_topic_settings(BrokerConfig{}, current, edits);
  if (!result) FAIL(result.error().message);
  return *result;
}

ErrorCode edit_error(const std::vector<ConfigEdit>& edits) {
  const auto result = edit_topic_settings(BrokerConfig{}, {}, edits);
  REQUIRE_FALSE(result.ok());
  REQUIRE_FALSE(result.error().message.empty());
  return result.error().error;
}

std::string some_bytes(Stream& stream) {
  std::string text(1 + stream.below(12), ' ');
  for (char& c : text) c = static_cast<char>(stream.below(stream.below(2) == 0 ? 128 : 256));
  return text;
}

using Op = AlterConfigOp;

}  // namespace

TEST_CASE("a topic that sets nothing has the broker's settings") {
  BrokerConfig broker;
  broker.log.retention = milliseconds(7);
  REQUIRE(settings(broker, {}).retention == milliseconds(7));
}

TEST_CASE("a topic's setting counts before the broker's") {
  BrokerConfig broker;
  broker.log.retention = milliseconds(7);
  const LogSettings log = settings(broker, {{"retention.ms", "-1"},
                                            {"segment.bytes", "1000"},
                                            {"max.message.bytes", "99"},
                                            {"flush.messages", "1"},
                                            {"flush.ms", "5"},
                                            {"segment.ms", "6"},
                                            {"compression.type", "lz4"},
                                            {"message.timestamp.type", "LogAppendTime"}});
  REQUIRE(log.retention == std::nullopt);
  REQUIRE(log.segment_bytes == 1000);
  REQUIRE(log.records.max_message_bytes == 99);
  REQUIRE(log.readers_wait_for_flush());
  REQUIRE(log.flush_interval == milliseconds(5));
  REQUIRE(log.segment_age == milliseconds(6));
  REQUIRE(log.records.compression == Compression::lz4);
  REQUIRE(log.records.timestamp_type == TimestampType::log_append_time);
}

TEST_CASE("a topic's timestamp difference is both bounds, where it has none of their own") {
  BrokerConfig broker;
  broker.log.records.timestamp_before_max_ms = 1;
  const LogSettings log = settings(broker, {{"message.timestamp.difference.max.ms", "5"},
                                            {"message.timestamp.after.max.ms", "6"}});
  REQUIRE(log.records.timestamp_before_max_ms == 5);
  REQUIRE(log.records.timestamp_after_max_ms == 6);
}

TEST_CASE("a topic's bad settings are refused under the topic's names") {
  REQUIRE(refusal({{"retention.ms", "x"}}).find("retention.ms = x: must be a whole number") == 0);
  REQUIRE(refusal({{"cleanup.policy", "compact"}}) ==
          "cleanup.policy = compact: this broker cannot compact logs yet; use delete");
  REQUIRE(refusal({{"retension.ms", "1"}}) ==
          "retension.ms is no setting of a topic; did you mean retention.ms?");
  REQUIRE(refusal({{"remote.storage.enable", "true"}}).find("no remote storage") !=
          std::string::npos);
  for (const std::string_view ratio : {"", ".", "1.5", "2", "-0.5", "1.01", "0.5x"}) {
    INFO(ratio);
    refusal({{"min.cleanable.dirty.ratio", std::string(ratio)}});
  }
}

TEST_CASE("numbers and booleans may have blanks around them, as in Kafka") {
  const BrokerConfig broker;
  const auto settings = log_settings_of(broker, {{"segment.bytes", " 2000000\t"}});
  REQUIRE(settings.ok());
  REQUIRE(settings->segment_bytes == 2'000'000);
  REQUIRE(log_settings_of(broker, {{"preallocate", " true "}}).ok());
  REQUIRE_FALSE(log_settings_of(broker, {{"segment.bytes", "2 000 000"}}).ok());
  REQUIRE_FALSE(log_settings_of(broker, {{"segment.bytes", " "}}).ok());
}

TEST_CASE("settings without effect are checked and kept") {
  for (const std::string_view ratio : {"0", "1", "0.5", ".25", "1.00", "0."}) {
    INFO(ratio);
    settings({}, {{"min.cleanable.dirty.ratio", std::string(ratio)}});
  }
  settings({}, {{"preallocate", "true"}, {"delete.retention.ms", "5"}});
  refusal({{"preallocate", "maybe"}});
  refusal({{"delete.retention.ms", "-1"}});
}

TEST_CASE("the topic keys are sorted, known to the broker, and their defaults are accepted") {
  const auto keys = topic_keys();
  REQUIRE(std::is_sorted(keys.begin(), keys.end(),
                         [](const TopicKey& a, const TopicKey& b) { return a.name < b.name; }));
  for (const TopicKey& key : keys) {
    INFO(key.name);
    REQUIRE(find_topic_key(key.name) == &key);
    REQUIRE(key.type() != ConfigType::unknown);
    REQUIRE(key.documentation().size() > 10);
    if (const auto value = topic_value({}, {}, key)) {
      settings({}, {{std::string(key.name), *value}});
    }
  }
  REQUIRE(find_topic_key("") == nullptr);
  REQUIRE(find_topic_key("zzz") == nullptr);
}

TEST_CASE("overriding a topic's keys with the values in effect changes nothing") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    BrokerConfig broker;
    for (const ConfigKey& key : log_keys()) {
      if (key.most == 0 || stream.below(2) == 0) continue;
      const auto value = std::to_string(key.least + static_cast<int64_t>(stream.below(1000)));
      RC_ASSERT(key.set(broker, key, value).ok());
    }
    Settings overrides;
    for (const TopicKey& key : topic_keys()) {
      if (key.broker_key.empty()) continue;
      if (const auto value = topic_value(broker, {}, key))
        overrides[std::string(key.name)] = *value;
    }
    BrokerConfig again;
    again.log = *log_settings_of(broker, overrides);
    for (const ConfigKey& key : log_keys()) {
      if (find_topic_key(key.name.substr(key.name.find('.') + 1)) == nullptr) continue;
      RC_ASSERT(key.get(again, key) == key.get(broker, key));
    }
  }));
}

TEST_CASE("edits set, delete, append and subtract") {
  const Settings one{{"retention.ms", "5"}};
  REQUIRE(edited({}, {{"retention.ms", Op::set, "5"}}) == one);
  REQUIRE(edited(one, {{"retention.ms", Op::remove, std::nullopt}}).empty());
  REQUIRE(edited(one, {{"retention.ms", Op::remove, "ignored"}}).empty());
  REQUIRE(edited({}, {{"cleanup.policy", Op::append, "delete"}}) ==
          Settings{{"cleanup.policy", "delete"}});
  const std::string throttled = "leader.replication.throttled.replicas";
  const Settings list{{throttled, "0:1,1:1"}};
  REQUIRE(edited(list, {{throttled, Op::append, "2:1,0:1"}}) ==
          Settings{{throttled, "0:1,1:1,2:1"}});
  REQUIRE(edited(list, {{throttled, Op::subtract, "0:1,7:7"}}) == Settings{{throttled, "1:1"}});
}

TEST_CASE("edits that make no sense are refused, and nothing is changed") {
  REQUIRE(edit_error({{"cleanup.policy", Op::append, "compact"}}) == ErrorCode::invalid_config);
  REQUIRE(edit_error({{"cleanup.policy", Op::subtract, "delete"}}) == ErrorCode::invalid_config);
  REQUIRE(edit_error({{"retention.ms", Op::append, "5"}}) == ErrorCode::invalid_config);
  REQUIRE(edit_error({{"no.such.key", Op::set, "5"}}) == ErrorCode::invalid_config);
  REQUIRE(edit_error({{"no.such.key", Op::remove, std::nullopt}}) == ErrorCode::invalid_config);
  REQUIRE(edit_error({{"retention.ms", Op::set, std::nullopt}}) == ErrorCode::invalid_request);
  REQUIRE(edit_error({{"retention.ms", AlterConfigOp{9}, "1"}}) == ErrorCode::invalid_request);
  REQUIRE(edit_error({{"retention.ms", Op::set, "1"}, {"retention.ms", Op::set, "2"}}) ==
          ErrorCode::invalid_request);
}

TEST_CASE("a value that is kept has a largest size") {
  const std::string key = "leader.replication.throttled.replicas";
  edited({}, {{key, Op::set, std::string(kMaxKeptValueBytes, 'x')}});
  REQUIRE(edit_error({{key, Op::set, std::string(kMaxKeptValueBytes + 1, 'x')}}) ==
          ErrorCode::invalid_config);
}

TEST_CASE("a broker's keys change while it runs only where the table says so") {
  const auto error_of = [](std::string name, std::string value) {
    const auto result = edit_broker_settings(BrokerConfig{}, BrokerScope::one_broker, {},
                                             {{std::move(name), Op::set, std::move(value)}});
    return result ? ErrorCode::none : result.error().error;
  };
  REQUIRE(error_of("log.retention.ms", "5") == ErrorCode::none);
  REQUIRE(error_of("log.retention.ms", "-2") == ErrorCode::invalid_config);
  REQUIRE(error_of("log.retention.hours", "5") == ErrorCode::invalid_request);
  REQUIRE(error_of("listeners", "PLAINTEXT://:1") == ErrorCode::invalid_request);
  REQUIRE(error_of("log.cleaner.threads", "2") == ErrorCode::invalid_config);
  REQUIRE(error_of("log.retention.mz", "2") == ErrorCode::invalid_config);
}

TEST_CASE("settings in one line are escaped and read back") {
  REQUIRE(encode_settings({{"retention.ms", "5"}, {"x", "a b"}}) == "retention.ms=5 x=a%20b");
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    Settings some;
    for (uint64_t i = stream.below(5); i > 0; --i) some[some_bytes(stream)] = some_bytes(stream);
    const std::string line = encode_settings(some);
    for (const char c : line) RC_ASSERT(c >= ' ' && c < 0x7f);
    RC_ASSERT(decode_settings(line) == some);
  }));
}

TEST_CASE("a line that is no settings is refused") {
  for (const std::string_view line :
       {"x", "=5", "a=%", "a=%2", "a=%zz", "a==", "a=1  b=2", "a=\x01"}) {
    INFO(line);
    REQUIRE_FALSE(decode_settings(line).has_value());
  }
  REQUIRE(rc::check([](const std::string& line) {
    if (const auto some = decode_settings(line)) {
      RC_ASSERT(decode_settings(encode_settings(*some)) == some);
    }
  }));
}

TEST_CASE("a property's value reads back whatever its bytes") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const std::string value = some_bytes(stream);
    const auto read = parse_properties("k=" + escape_property(value));
    RC_ASSERT(read.ok());
    RC_ASSERT(*read == Settings({{"k", value}}));
  }));
}

}  // namespace weir
