// server.properties: Kafka's keys, clear refusals.
#include "tests/support/test_pch.h"

#include "broker/config.h"

namespace weir {

TEST_CASE("an empty file gives the defaults") {
  const auto parsed = parse_config("");
  REQUIRE(parsed.ok());
  REQUIRE(parsed->config.listener == Endpoint{"127.0.0.1", 9092});
  REQUIRE(parsed->config.log.segment_bytes == 1ULL << 30);
  REQUIRE(parsed->warnings.empty());
}

TEST_CASE("comments, blank lines and spaces around keys and values are skipped") {
  const auto parsed = parse_config("# a\n! b\n\n  num.partitions =  3 \r\nlog.dirs=/a, /b\n");
  REQUIRE(parsed.ok());
  REQUIRE(parsed->config.num_partitions == 3);
  REQUIRE(parsed->config.log_directory == "/a");
}

TEST_CASE("listeners give host and port; no host means every address") {
  REQUIRE(parse_config("listeners=PLAINTEXT://h:1234,SSL://x:1")->config.listener ==
          Endpoint{"h", 1234});
  REQUIRE(parse_config("listeners=PLAINTEXT://:9092")->config.listener == Endpoint{"0.0.0.0", 9092});
}

TEST_CASE("an unknown key is a warning that names it") {
  const auto parsed = parse_config("zookeeper.connect=localhost:2181");
  REQUIRE(parsed.ok());
  REQUIRE(parsed->warnings.size() == 1);
  REQUIRE(parsed->warnings[0].find("zookeeper.connect") != std::string::npos);
}

TEST_CASE("a bad value is refused with key, value and reason") {
  for (const std::string_view line :
       {"num.io.threads=0", "num.io.threads=many", "num.io.threads=", "num.io.threads=1x",
        "auto.create.topics.enable=yes", "listeners=9092", "listeners=PLAINTEXT://host",
        "listeners=PLAINTEXT://host:99999", "log.segment.bytes=-1", "log.dirs="}) {
    const auto parsed = parse_config(line);
    INFO(line);
    REQUIRE_FALSE(parsed.ok());
    REQUIRE(parsed.error().message.find(line.substr(0, line.find('='))) != std::string::npos);
  }
  REQUIRE_FALSE(parse_config("what is this").ok());
}

TEST_CASE("whatever the text, parsing ends with a configuration or an error") {
  REQUIRE(rc::check([](const std::string& text) { (void)parse_config(text).ok(); }));
}

}  // namespace weir
