// server.properties: Kafka's keys, clear refusals, and what is printed reads back.
#include "tests/support/test_pch.h"

#include "broker/config/config_key.h"
#include "broker/config/print_config.h"
#include "broker/config/value_text.h"
#include "sim/base/stream.h"

namespace weir {
namespace {

using Texts = std::vector<std::pair<std::string, std::optional<std::string>>>;

Texts texts_of(const BrokerConfig& config) {
  Texts texts;
  for_each_key([&](const ConfigKey& key) {
    texts.emplace_back(std::string(key.name), key.get(config, key));
  });
  return texts;
}

BrokerConfig parsed(std::string_view text) {
  const auto result = parse_config(text);
  INFO(text);
  if (!result) FAIL(result.error().message);
  return result->config;
}

std::string refusal(std::string_view text) {
  const auto result = parse_config(text);
  INFO(text);
  REQUIRE_FALSE(result.ok());
  return result.error().message;
}

// A value that `key` takes, as text.
std::string some_value(Stream& stream, const ConfigKey& key) {
  if (key.type == ConfigType::boolean) return stream.below(2) == 0 ? "true" : "false";
  if (key.name.starts_with("socket.") && key.name.ends_with(".buffer.bytes")) {  // not 0
    return stream.below(2) == 0 ? "-1" : std::to_string(1 + stream.below(1 << 20));
  }
  if (key.most > key.least) {
    const uint64_t span = static_cast<uint64_t>(key.most) - static_cast<uint64_t>(key.least);
    const uint64_t step =
        stream.below(2) == 0 ? stream.below(std::min<uint64_t>(span, 5)) : stream.below(span);
    return std::to_string(static_cast<int64_t>(static_cast<uint64_t>(key.least) + step));
  }
  if (key.name == "listeners") return "PLAINTEXT://[::1]:1, B://:0";
  if (key.name == "advertised.listeners") return "B://b.example:19092";
  if (key.name == "listener.security.protocol.map") return "B:PLAINTEXT,PLAINTEXT:PLAINTEXT";
  if (key.name == "weir.metrics.listener") return "127.0.0.1:9308";
  if (key.name == "coordinator.listeners") return "[::1]:2181, a.example:2182";
  if (key.name == "coordinator.id") return stream.below(2) == 0 ? "255" : "-1";
  if (key.name == "coordinator.servers") return "1@a.example:2888, 2@[::1]:2888,200@c:1";
  if (key.name == "coordinator.consensus") return stream.below(2) == 0 ? "zab" : "raft";
  if (key.name == "max.connections.per.ip.overrides") return "127.0.0.1:7, ::1:8";
  if (key.name == "log.dirs") return " /a b\\c\t";
  if (key.name == "log.cleanup.policy") return "delete";
  if (key.name == "log.message.timestamp.type") return "LogAppendTime";
  if (key.name == "compression.type") return stream.below(2) == 0 ? "zstd" : "producer";
  FAIL("no value for " << key.name);
  return {};
}

}  // namespace

TEST_CASE("an empty file gives the defaults") {
  const auto result = parse_config("");
  REQUIRE(result.ok());
  REQUIRE(result->config.listeners ==
          std::vector<ListenerConfig>{{"PLAINTEXT", {"127.0.0.1", 9092}}});
  REQUIRE(result->config.log.segment_bytes == 1ULL << 30);
  REQUIRE(result->warnings.empty());
}

TEST_CASE("comments, blank lines and spaces around keys and values are skipped") {
  const BrokerConfig config = parsed("# a\n! b\n\n  num.partitions =  3 \r\nlog.dirs=/a, /b\n");
  REQUIRE(config.num_partitions == 3);
  REQUIRE(config.log_directory == "/a");
}

TEST_CASE("lines go on after a backslash, and escapes stand for their characters") {
  REQUIRE(parsed("log.dirs=/a\\\n   b\\\\\\t\n").log_directory == "/ab\\");
  REQUIRE(parsed("# not a setting \\\nnum.partitions=2").num_partitions == 2);
  REQUIRE(parsed("num.partitions: 4").num_partitions == 4);
}

TEST_CASE("of two lines with one key the later counts") {
  REQUIRE(parsed("num.partitions=1\nnum.partitions=2").num_partitions == 2);
}

TEST_CASE("listeners give names, hosts and ports; no host means every address") {
  REQUIRE(parsed("listeners=PLAINTEXT://h:1234").listeners[0].at == Endpoint{"h", 1234});
  REQUIRE(parsed("listeners=PLAINTEXT://:9092").listeners[0].at == Endpoint{"0.0.0.0", 9092});
  REQUIRE(parsed("listeners=PLAINTEXT://[::1]:9092").listeners[0].at == Endpoint{"::1", 9092});
}

TEST_CASE("several listeners have their own protocols and advertised addresses") {
  const BrokerConfig config = parsed(
      "listeners=IN://a:1,OUT://b:0\nlistener.security.protocol.map=IN:PLAINTEXT,OUT:PLAINTEXT\n"
      "advertised.listeners=OUT://c:0\n");
  REQUIRE(config.listeners.size() == 2);
  REQUIRE(advertised_endpoint(config, config.listeners[0], 7) == Endpoint{"a", 1});
  REQUIRE(advertised_endpoint(config, config.listeners[1], 7) == Endpoint{"c", 7});
}

TEST_CASE("listeners that cannot be served are refused with the reason") {
  REQUIRE(refusal("listeners=SSL://x:1").find("only PLAINTEXT is served") != std::string::npos);
  REQUIRE(refusal("listeners=IN://x:1").find("add IN:PLAINTEXT") != std::string::npos);
  REQUIRE(refusal("listeners=PLAINTEXT://x:1,PLAINTEXT://x:2").find("two have the name") !=
          std::string::npos);
  REQUIRE(refusal("listeners=PLAINTEXT://x:1,B://x:1\n"
                  "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,B:PLAINTEXT")
              .find("two listen at x:1") != std::string::npos);
  REQUIRE(refusal("advertised.listeners=OUT://x:1").find("none of the listeners") !=
          std::string::npos);
  REQUIRE(refusal("advertised.listeners=PLAINTEXT://:1").find("must name a host") !=
          std::string::npos);
}

TEST_CASE("what clients cannot reach, and what is not served yet, is a warning") {
  const auto everywhere = parse_config("listeners=PLAINTEXT://:9092");
  REQUIRE(everywhere->warnings.size() == 1);
  REQUIRE(everywhere->warnings[0].find("set advertised.listeners") != std::string::npos);
  REQUIRE(parse_config("listeners=PLAINTEXT://:9092\nadvertised.listeners=PLAINTEXT://h:1")
              ->warnings.empty());
  const auto two = parse_config(
      "listeners=A://a:1,B://:2\nlistener.security.protocol.map=A:PLAINTEXT,B:PLAINTEXT");
  REQUIRE(two->warnings.size() == 1);
  REQUIRE(parse_config("log.dirs=/a,/b")->warnings ==
          std::vector<std::string>{"only the first directory of log.dirs is used: /a"});
}

TEST_CASE("an unknown key is a warning that names it and the nearest that is known") {
  const auto result = parse_config("log.retension.ms=5\nnothing.like.it.at.all.anywhere=1");
  REQUIRE(result.ok());
  REQUIRE(result->warnings ==
          std::vector<std::string>{
              "unknown key log.retension.ms is ignored; did you mean log.retention.ms?",
              "unknown key nothing.like.it.at.all.anywhere is ignored"});
}

TEST_CASE("keys for parts that are not there yet get one warning together") {
  const auto result = parse_config("zookeeper.connect=localhost:2181\nnum.replica.fetchers=2");
  REQUIRE(result.ok());
  REQUIRE(result->warnings ==
          std::vector<std::string>{"known, but not used by this broker yet, so ignored: "
                                   "num.replica.fetchers, zookeeper.connect"});
}

TEST_CASE("a bad value is refused with key, value and reason") {
  for (const std::string_view line : {"num.io.threads=0",
                                      "num.io.threads=many",
                                      "num.io.threads=",
                                      "num.io.threads=1x",
                                      "auto.create.topics.enable=yes",
                                      "listeners=9092",
                                      "listeners=PLAINTEXT://host",
                                      "listeners=PLAINTEXT://host:99999",
                                      "listeners=",
                                      "log.segment.bytes=-1",
                                      "log.dirs=",
                                      "log.retention.hours=x",
                                      "log.retention.ms=-2",
                                      "compression.type=brotli",
                                      "log.cleanup.policy=compact",
                                      "log.message.timestamp.type=Now",
                                      "min.insync.replicas=0",
                                      "max.connections.per.ip.overrides=a",
                                      "weir.metrics.listener=9308",
                                      "log.retention.hours=2147483648",
                                      "log.flush.interval.messages=0",
                                      "socket.send.buffer.bytes=0",
                                      "socket.receive.buffer.bytes=-2"}) {
    const std::string message = refusal(line);
    const size_t equals = line.find('=');
    INFO(line << " gave " << message);
    REQUIRE(message.find(line.substr(0, equals)) == 0);
    REQUIRE(message.find(line.substr(equals + 1)) != std::string::npos);
  }
  refusal("what is this");
}

TEST_CASE("the range of a number and the remedy for compaction are in the refusal") {
  REQUIRE(refusal("num.network.threads=65") ==
          "num.network.threads = 65: must be a whole number between 1 and 64");
  REQUIRE(
      refusal("log.cleanup.policy=delete,compact").find("cannot compact logs yet; use delete") !=
      std::string::npos);
}

TEST_CASE("of a key and its aliases the finer counts, whatever their order") {
  REQUIRE(parsed("log.retention.hours=5").log.retention == seconds(5 * 3600));
  REQUIRE(parsed("log.retention.minutes=7\nlog.retention.hours=5").log.retention == seconds(420));
  REQUIRE(parsed("log.retention.ms=9\nlog.retention.minutes=7").log.retention == milliseconds(9));
  REQUIRE(parsed("log.retention.hours=-1").log.retention == std::nullopt);
  REQUIRE(parsed("log.retention.hours=2147483647").log.retention->ms() > 0);
  REQUIRE(parsed("log.roll.hours=2").log.segment_age == seconds(7200));
  REQUIRE(parsed("log.dir=/x").log_directory == "/x");
  REQUIRE(parsed("node.id=7").broker_id == BrokerId{7});
}

TEST_CASE("broker.id and node.id may not contradict each other") {
  REQUIRE(parsed("node.id=7\nbroker.id=7").broker_id == BrokerId{7});
  refusal("node.id=7\nbroker.id=8");
}

TEST_CASE("the timestamp difference is both bounds, where they have none of their own") {
  const BrokerConfig config =
      parsed("log.message.timestamp.difference.max.ms=5\nlog.message.timestamp.after.max.ms=6");
  REQUIRE(config.log.records.timestamp_before_max_ms == 5);
  REQUIRE(config.log.records.timestamp_after_max_ms == 6);
}

TEST_CASE("without log.flush.interval.ms the scheduler's interval is the longest time unsynced") {
  REQUIRE(parsed("").log.flush_interval == std::nullopt);
  REQUIRE(parsed("log.flush.scheduler.interval.ms=9").log.flush_interval == milliseconds(9));
  REQUIRE(parsed("log.flush.scheduler.interval.ms=9\nlog.flush.interval.ms=4").log.flush_interval ==
          milliseconds(4));
}

TEST_CASE("the kernel's buffers have a size, or the one that the kernel chooses") {
  REQUIRE(parsed("").send_buffer_bytes == 102'400);
  REQUIRE(parsed("").receive_buffer_bytes == std::nullopt);
  REQUIRE(parsed("socket.send.buffer.bytes=-1").send_buffer_bytes == std::nullopt);
  REQUIRE(parsed("socket.receive.buffer.bytes=4096").receive_buffer_bytes == 4096);
}

TEST_CASE("a duration beyond a hundred years is a hundred years") {
  REQUIRE(parsed("log.retention.ms=9223372036854775807").log.retention ==
          milliseconds(kMaxDurationMs));
}

TEST_CASE("every key has a value that it takes, and its text in effect changes nothing") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_key([&](const ConfigKey& key) {
      BrokerConfig config;
      RC_ASSERT(key.set(config, key, some_value(stream, key)).ok());
      const std::optional<std::string> text = key.get(config, key);
      if (!text) return;
      RC_ASSERT(key.set(config, key, *text).ok());
      RC_ASSERT(key.get(config, key) == text);
    });
  }));
}

TEST_CASE("a printed configuration reads back as the same") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    std::string text;
    for_each_key([&](const ConfigKey& key) {
      const bool listeners_fit =
          key.name.find("listener") != std::string_view::npos && seed % 2 == 0;
      if (key.name.find("listener") != std::string_view::npos ? listeners_fit
                                                              : stream.below(2) == 0) {
        text += std::string(key.name) + "=" + escape_property(some_value(stream, key)) + "\n";
      }
    });
    const auto first = parse_config(text);
    RC_ASSERT(first.ok());
    const auto second = parse_config(print_properties(first->config));
    RC_ASSERT(second.ok());
    RC_ASSERT(texts_of(second->config) == texts_of(first->config));
    RC_ASSERT(second->warnings == first->warnings);
  }));
}

TEST_CASE("printing marks defaults, explains each key and comments out what is not set") {
  const std::string text = print_properties(parsed("num.partitions=3"));
  REQUIRE(text.find("# Default: 1\nnum.partitions=3\n") != std::string::npos);
  REQUIRE(text.find("# Default.\nlog.dirs=data\n") != std::string::npos);
  REQUIRE(text.find("\n#weir.metrics.listener=\n") != std::string::npos);
  const std::string json = print_json(parsed("num.partitions=3"));
  REQUIRE(
      json.find(R"({"name": "num.partitions", "value": "3", "default": "1", "isDefault": false,)"
                R"( "type": "int", "update": "read-only")") != std::string::npos);
  REQUIRE(json.find(R"("name": "weir.metrics.listener", "value": null)") != std::string::npos);
}

TEST_CASE("no key stands in two tables, and each says what it is") {
  std::vector<std::string_view> names;
  for_each_key([&](const ConfigKey& key) {
    names.push_back(key.name);
    INFO(key.name);
    REQUIRE(key.documentation.size() > 10);
    REQUIRE(key.documentation.back() == '.');
    REQUIRE_FALSE(is_unused_key(key.name));
    REQUIRE_FALSE(is_config_alias(key.name));
  });
  std::sort(names.begin(), names.end());
  REQUIRE(std::adjacent_find(names.begin(), names.end()) == names.end());
  for (const ConfigAlias& alias : config_aliases()) REQUIRE(find_config_key(alias.of) != nullptr);
}

TEST_CASE("whatever the text, parsing ends with a configuration or an error") {
  REQUIRE(rc::check([](const std::string& text) { (void)parse_config(text).ok(); }));
}

TEST_CASE("a mutated file ends with a configuration or an error") {
  const std::string whole = print_properties(BrokerConfig{});
  REQUIRE(rc::check([&](uint64_t seed) {
    Stream stream{seed};
    std::string text = whole;
    for (int i = 0; i < 20; ++i) {
      const uint64_t at = stream.below(text.size());
      text[at] = static_cast<char>(stream.below(256));
    }
    const auto result = parse_config(text);
    if (!result) RC_ASSERT(!result.error().message.empty());
  }));
}

TEST_CASE("the distance of two words is the changes between them") {
  REQUIRE(edit_distance("", "abc") == 3);
  REQUIRE(edit_distance("abc", "abc") == 0);
  REQUIRE(edit_distance("kitten", "sitting") == 3);
  REQUIRE(rc::check([](const std::string& a, const std::string& b) {
    RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
    RC_ASSERT(edit_distance(a, b) <= std::max(a.size(), b.size()));
    RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
  }));
}

}  // namespace weir
