// What a directory says of itself: meta.properties, and the names and ids of partitions' directories.
#include "tests/support/test_pch.h"

#include "broker/metadata/meta_properties.h"
#include "broker/metadata/topic_directories.h"
#include "sim/base/stream.h"
#include "sim/fiber/atomic_file.h"
#include "tests/broker/log_bench.h"

namespace weir {
namespace {

Uuid uuid(uint8_t first) {
  Uuid id;
  id.bytes[0] = first;
  return id;
}

// Directories with their partition.metadata; an id of zeros: without one.
using Directories = std::vector<std::pair<std::string, Uuid>>;

Result<FoundTopics, IoError> found_in(const Directories& directories) {
  LogBench bench;
  std::optional<Result<FoundTopics, IoError>> found;
  bench.run([&](Env& env) {
    for (const auto& [name, id] : directories) {
      REQUIRE(env.disk.await_create_directory(name).ok());
      if (id == Uuid{}) continue;
      const std::string text = format_partition_metadata(id);
      REQUIRE(await_replace_file(env, name + "/partition.metadata", as_bytes(text)).ok());
    }
    found = await_find_topics(env.disk);
  });
  return std::move(*found);
}

std::string refusal(const Directories& directories) {
  const auto found = found_in(directories);
  REQUIRE_FALSE(found.ok());
  return found.error().what;
}

std::string meta_refusal(std::string_view text) {
  const auto meta = parse_meta_properties(text);
  INFO(text);
  REQUIRE_FALSE(meta.ok());
  return meta.error();
}

}  // namespace

TEST_CASE("meta.properties that Weir writes reads back") {
  REQUIRE(rc::check([](uint16_t id) {
    const auto meta =
        parse_meta_properties(format_meta_properties(BrokerId{id}, "4L6g3nShT-eMCtK"));
    RC_ASSERT(meta.ok());
    RC_ASSERT(meta->broker_id == BrokerId{id});
    RC_ASSERT(meta->cluster_id == std::optional<std::string>("4L6g3nShT-eMCtK"));
  }));
}

TEST_CASE("meta.properties of each of Kafka's ages is understood") {
  const auto first =
      parse_meta_properties("#Mon Jan 05 10:00:00 UTC 2015\nversion=0\nbroker.id=3\n");
  REQUIRE(first.ok());
  REQUIRE(first->broker_id == BrokerId{3});
  REQUIRE_FALSE(first->cluster_id.has_value());
  const auto kraft = parse_meta_properties(
      "version=1\nnode.id=4\ncluster.id=abc\ndirectory.id=def\nbroker.id=9\n");
  REQUIRE(kraft.ok());
  REQUIRE(kraft->broker_id == BrokerId{4});
  REQUIRE(kraft->cluster_id == std::optional<std::string>("abc"));
  const auto before_its_id = parse_meta_properties("version=0\ncluster.id=\n");
  REQUIRE(before_its_id.ok());
  REQUIRE_FALSE(before_its_id->broker_id.has_value());
  REQUIRE_FALSE(before_its_id->cluster_id.has_value());
}

TEST_CASE("meta.properties that cannot be right is refused with the reason") {
  REQUIRE(meta_refusal("") == "meta.properties has no version");
  REQUIRE(meta_refusal("version=2\n") == "meta.properties has version 2; 0 and 1 are understood");
  REQUIRE(meta_refusal("version=1\nnode.id=1\n") == "meta.properties has no cluster.id");
  for (const char* id : {"", "x", "-1", "1x", "2147483648"}) {
    REQUIRE(meta_refusal(std::string("version=0\nbroker.id=") + id) ==
            std::string("meta.properties: broker.id = ") + id + " is no id");
  }
  REQUIRE(meta_refusal("version\n").starts_with("meta.properties: line 1 "));
}

TEST_CASE("a partition's directory gives back its topic and number, and nothing else is one") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    constexpr std::string_view kLetters = "aZ09._-";
    std::string topic(1 + stream.below(20), 'a');
    for (char& c : topic) c = kLetters[stream.below(kLetters.size())];
    if (topic == "." || topic == "..") return;
    const TopicPartition tp{topic,
                            PartitionIndex{static_cast<int32_t>(stream.below(uint64_t{1} << 31))}};
    RC_ASSERT(parse_partition_directory(to_string(tp)) == tp);
  }));
  REQUIRE(parse_partition_directory("a-b-7") == TopicPartition{"a-b", PartitionIndex{7}});
  for (const char* none :
       {"", "-", "a", "a-", "-1", "a-x", "a-01", "a-+1", "a--", "a-1 ", "a-2147483648", "a b-1",
        "orders-0.3f2-delete", "orders-0.3f2-future", "..-1"}) {
    INFO(none);
    REQUIRE_FALSE(parse_partition_directory(none).has_value());
  }
  REQUIRE(parse_partition_directory("a--1") == TopicPartition{"a-", PartitionIndex{1}});
}

TEST_CASE("partition.metadata gives back its id, and a text that is none gives nothing") {
  const Uuid id = uuid(0xab);
  const std::string text = format_partition_metadata(id);
  REQUIRE(parse_partition_metadata(text) == id);
  REQUIRE(parse_partition_metadata(text.substr(0, text.size() - 1)) == id);  // no line end
  for (size_t size = 0; size + 1 < text.size(); ++size) {
    REQUIRE_FALSE(parse_partition_metadata(text.substr(0, size)).has_value());
  }
  REQUIRE_FALSE(parse_partition_metadata(text + "more").has_value());
  REQUIRE_FALSE(parse_partition_metadata("version: 1" + text.substr(10)).has_value());
}

TEST_CASE("topics are found by the directories of their partitions") {
  const auto found = found_in({{"a-0", uuid(1)},
                               {"a-1", {}},
                               {"b-0", {}},
                               {"__consumer_offsets-7", uuid(2)},
                               {"a-2.3f2-delete", uuid(3)},
                               {"lost+found", {}}});
  REQUIRE(found.ok());
  REQUIRE(found->topics.size() == 2);
  REQUIRE(found->topics.at("a").id == uuid(1));
  REQUIRE(found->topics.at("a").partition_count == 2);
  REQUIRE(found->topics.at("b").id == Uuid{});
  REQUIRE(found->internal == std::vector<std::string>{"__consumer_offsets-7"});
}

TEST_CASE("a part of a topic, and two ids of one, are refused by name") {
  REQUIRE(refusal({{"a-0", {}}, {"a-2", {}}})
              .starts_with("of topic a there are 2 partitions, of "
                           "which a-2 is the last"));
  REQUIRE(refusal({{"a-0", uuid(1)}, {"a-1", uuid(2)}}).find("has topic id") != std::string::npos);
}

TEST_CASE("a partition.metadata that is corrupt is refused with its path and what to do") {
  LogBench bench;
  bench.run([](Env& env) {
    REQUIRE(env.disk.await_create_directory("a-0").ok());
    REQUIRE(await_replace_file(env, "a-0/partition.metadata", as_bytes("version: 0\n")).ok());
    const auto found = await_find_topics(env.disk);
    REQUIRE_FALSE(found.ok());
    REQUIRE(found.error().what.starts_with("a-0/partition.metadata is corrupt; restore it"));
  });
}

}  // namespace weir
