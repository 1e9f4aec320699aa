// Settings on the disk: after a power loss, from older versions, damaged.
#include "tests/support/test_pch.h"

#include <fmt/format.h>

#include "sim/fiber/atomic_file.h"
#include "broker/metadata/topic_store.h"
#include "sim/base/stream.h"
#include "tests/broker/config_admin.h"

namespace weir {
namespace {

using Op = AlterConfigOp;
using Type = ConfigResourceType;
using Edits = ConfigAdmin::Edits;

// Writes a file on the broker's machine before the broker does, and makes a topic's directory.
void put_file(SimBroker& broker, std::string_view path, std::string_view content) {
  broker.broker().boot([&](Env& env, Event& /*stop*/) {
    REQUIRE(env.disk.await_create_directory("old-0").ok());
    REQUIRE(await_replace_file(env, path, as_bytes(content)).ok());
  });
  broker.world().simulator().run_until(broker.world().simulator().now_ns() + seconds(5).ns());
  if (!broker.broker().reap()) broker.broker().kill();
}

}  // namespace

TEST_CASE("changed settings are there after a power loss") {
  SimBroker broker(3, 3);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {{"retention.ms", "1"}, {"preallocate", "true"}}) ==
            ErrorCode::none);
    REQUIRE(admin.await_alter(Type::topic, "t", {{"retention.ms", Op::set, "2"}}) ==
            ErrorCode::none);
    REQUIRE(admin.await_alter(Type::broker, "1", {{"message.max.bytes", Op::set, "1000"}}) ==
            ErrorCode::none);
    REQUIRE(admin.await_alter(Type::broker, "", {{"log.retention.ms", Op::set, "9"}}) ==
            ErrorCode::none);
  }));
  broker.broker().lose_power();
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_one(Type::topic, "t", "retention.ms").value == "2");
    REQUIRE(admin.await_one(Type::topic, "t", "preallocate").value == "true");
    REQUIRE(admin.await_one(Type::broker, "1", "log.retention.ms").value == "9");
    REQUIRE(await_send_bytes(env, broker, "t", 2, 2000) == ErrorCode::message_too_large);
  }));
}

TEST_CASE("the topics of a file without settings are read, and can be given some") {
  SimBroker broker(3);
  put_file(broker, "weir-topics", "0\n1\nold 1 AAAAAAAAAAAAAAAAAAAAAQ\n");
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_one(Type::topic, "old", "retention.ms").value == "604800000");
    REQUIRE(admin.await_alter(Type::topic, "old", {{"retention.ms", Op::set, "2"}}) ==
            ErrorCode::none);
  }));
  broker.broker().lose_power();
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_one(Type::topic, "old", "retention.ms").value == "2");
  }));
}

TEST_CASE("a file of settings that is damaged keeps the broker from starting, by name") {
  for (const char* content : {"7\n", "0\nbroker-1 a\n", "0\ndefault a=%\n"}) {
    SimBroker broker(3);
    put_file(broker, "weir-configs", content);
    broker.boot();
    broker.world().simulator().run_until(broker.world().simulator().now_ns() + seconds(5).ns());
    INFO(content);
    REQUIRE(broker.start_failure().find("weir-configs is corrupt") != std::string::npos);
  }
}

TEST_CASE("settings on disk that this version does not take are left out, and the broker serves") {
  SimBroker broker(3);
  put_file(broker, "weir-configs", "0\nbroker-1 log.retention.ms=never log.roll.ms=5\n");
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_one(Type::broker, "1", "log.retention.ms").value == std::nullopt);
    REQUIRE(admin.await_one(Type::broker, "1", "log.roll.ms").value == "5");
  }));
}

TEST_CASE("a topic's setting that this version does not take leaves its others in effect") {
  SimBroker broker(3);
  put_file(broker, "weir-topics",
           "1\n1\nold 1 AAAAAAAAAAAAAAAAAAAAAQ max.message.bytes=1000 old.key=1\n");
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    REQUIRE(await_send_bytes(env, broker, "old", 0, 2000) == ErrorCode::message_too_large);
    ConfigAdmin admin(env, broker);
    const Edits other{{"retention.ms", Op::set, "2"}};
    REQUIRE(admin.await_alter(Type::topic, "old", other) == ErrorCode::invalid_config);
    REQUIRE(admin.await_alter(Type::topic, "old", {{"old.key", Op::remove, std::nullopt}}) ==
            ErrorCode::none);
    REQUIRE(admin.await_alter(Type::topic, "old", other) == ErrorCode::none);
  }));
}

TEST_CASE("whatever topics set, the store reads back what it wrote") {
  SimBroker broker(3);
  Stream stream{17};
  bool store_checked = false;
  broker.broker().boot([&](Env& env, Event& /*stop*/) {
    TopicStore store(env);
    for (int i = 0; i < 20; ++i) {
      TopicInfo info{.id = {}, .partition_count = 1, .configs = {}};
      info.id.bytes[0] = static_cast<uint8_t>(i + 1);
      for (uint64_t n = stream.below(4); n > 0; --n) {
        std::string text(1 + stream.below(8), ' ');
        for (char& c : text) c = static_cast<char>(stream.below(256));
        info.configs[fmt::format("k{}", n)] = text;
      }
      REQUIRE(store.await_create(fmt::format("t{}", i), info).ok());
    }
    TopicStore again(env);
    REQUIRE(again.await_load().ok());
    REQUIRE(again.topics().size() == 20);
    for (const auto& [name, info] : store.topics()) {
      REQUIRE(again.topics().at(name).configs == info.configs);
      REQUIRE(again.topics().at(name).id == info.id);
    }
    store_checked = true;
  });
  broker.world().simulator().run_until(seconds(60).ns());
  REQUIRE(store_checked);
}

}  // namespace weir
