// Settings that are read anew while the broker runs: what takes effect, and what does not.
#include "tests/support/test_pch.h"

#include "broker/config/config_key.h"
#include "broker/config/reload.h"
#include "sim/base/stream.h"
#include "tests/broker/config_admin.h"

namespace weir {
namespace {

using Op = AlterConfigOp;
using Type = ConfigResourceType;
using Names = std::vector<std::string_view>;

BrokerConfig parsed(std::string_view text) {
  auto result = parse_config(text);
  INFO(text);
  if (!result) FAIL(result.error().message);
  return std::move(result->config);
}

ReloadedConfig reloaded(std::string_view running, std::string_view read) {
  auto result = reload_config(parsed(running), parsed(read));
  REQUIRE(result.ok());
  return std::move(*result);
}

std::string refused(std::string_view text) {
  const auto result = parse_config(text);
  REQUIRE_FALSE(result.ok());
  return result.error().message;
}

// Any of these lines, each with one of its values.
std::string some_file(Stream& stream) {
  constexpr std::pair<std::string_view, std::array<std::string_view, 2>> kLines[] = {
      {"num.io.threads", {"1", "2"}},
      {"log.dir", {"a", "b"}},
      {"listeners", {"A://:1", "A://:2"}},
      {"log.retention.ms", {"5", "-1"}},
      {"log.retention.hours", {"5", "6"}},
      {"log.flush.interval.ms", {"7", "8"}},
      {"log.flush.scheduler.interval.ms", {"9", "10"}},
      {"max.connections", {"11", "12"}},
      {"no.such.key", {"x", "y"}},
      {"log.message.timestamp.difference.max.ms", {"3", "4"}},
      {"advertised.listeners", {"A://a:3", "A://b:3"}},
  };
  std::string text = "listener.security.protocol.map=A:PLAINTEXT\nlisteners=A://:9\n";
  for (const auto& [name, values] : kLines) {
    const uint64_t which = stream.below(3);
    if (which < 2) text += std::string(name) + "=" + std::string(values[which]) + "\n";
  }
  return text;
}

// A broker that was started with what `text` said then, and that a client asks to read it again.
class ReloadingBroker {
 public:
  explicit ReloadingBroker(std::string said, uint32_t shards = 1)
      : text(std::move(said)), broker(11, shards), reload_([this] { return await_read(); }) {
    const BrokerConfig before = broker.config;
    text += "\nlisteners=PLAINTEXT://" + to_text(before.listeners[0].at) +
            "\nnum.io.threads=4\nlog.flush.interval.messages=1\nnum.network.threads=" +
            std::to_string(shards) + "\n";
    broker.config = parsed(text);
    broker.reload = &reload_;
    broker.broker().log_sink = [this](uint32_t, LogLevel level, std::string_view,
                                      std::string_view line) {
      if (level != LogLevel::debug) log += std::string(line) + "\n";
    };
    broker.boot();
  }

  void run(const std::function<void(Env&, ConfigAdmin&)>& body) {
    REQUIRE(broker.run_client([&](Env& env) {
      ConfigAdmin admin(env, broker);
      body(env, admin);
    }));
    REQUIRE(broker.start_failure().empty());
  }
  void ask() { reload_.ask(); }
  // Asks, and waits until it is done.
  void await_reload(Env& env) {
    const int before = reads;
    reload_.ask();
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    REQUIRE(reads == before + 1);
  }
  [[nodiscard]] bool said(std::string_view line) const { return log.find(line) != log.npos; }

  std::string text;
  std::optional<std::string> unreadable;
  std::string log;
  int reads = 0;
  SimBroker broker;

 private:
  Result<std::string, ConfigError> await_read() {
    ++reads;
    if (unreadable) return ConfigError{*unreadable};
    return text;
  }
  ConfigReload reload_;
};

}  // namespace

TEST_CASE("a file that did not change changes nothing") {
  const ReloadedConfig same =
      reloaded("num.io.threads=3\nmessage.max.bytes=5", "num.io.threads=3\nmessage.max.bytes=5");
  REQUIRE(same.changed.empty());
  REQUIRE(same.need_restart.empty());
  REQUIRE(same.config.given.at("message.max.bytes") == "5");
}

TEST_CASE("what may change while the broker runs takes effect, the rest is named for a restart") {
  const ReloadedConfig now = reloaded("num.io.threads=3\nmessage.max.bytes=5",
                                      "num.io.threads=4\nmessage.max.bytes=6\nnum.partitions=2");
  REQUIRE(now.changed == Names{"message.max.bytes"});
  REQUIRE(now.need_restart == Names{"num.io.threads", "num.partitions"});
  REQUIRE(now.config.log.records.max_message_bytes == 6);
  REQUIRE(now.config.io_threads == 3);
  REQUIRE(now.config.num_partitions == 1);
  REQUIRE(now.config.given == Settings{{"message.max.bytes", "6"}, {"num.io.threads", "3"}});
}

TEST_CASE("a line that went puts its key back to its default") {
  const ReloadedConfig now = reloaded("max.connections=5\nlog.flush.interval.ms=5", "");
  REQUIRE(now.changed == Names{"max.connections", "log.flush.interval.ms"});
  REQUIRE(now.config.max_connections == BrokerConfig{}.max_connections);
  REQUIRE_FALSE(now.config.log.flush_interval.has_value());
}

TEST_CASE("an alias counts as the key that it stands for") {
  const ReloadedConfig now =
      reloaded("log.retention.hours=5\nlog.dir=a", "log.retention.hours=6\nlog.dir=b");
  REQUIRE(now.changed == Names{"log.retention.ms"});
  REQUIRE(now.need_restart == Names{"log.dirs"});
  REQUIRE(now.config.log.retention->ms() == 6 * 3'600'000);
  REQUIRE(now.config.log_directory == "a");
}

TEST_CASE("whatever two files say, each key has the value of the one that counts for it") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const BrokerConfig running = parsed(some_file(stream));
    const BrokerConfig read = parsed(some_file(stream));
    const auto now = reload_config(running, read);
    RC_ASSERT(now.ok());
    for_each_key([&](const ConfigKey& key) {
      // Without its own value this one has that of log.flush.scheduler.interval.ms, which stays.
      const bool follows =
          key.name == "log.flush.interval.ms" && !read.given.contains("log.flush.interval.ms");
      const BrokerConfig& counts = key.update == ConfigUpdate::read_only ? running : read;
      if (!follows) RC_ASSERT(key.get(now->config, key) == key.get(counts, key));
    });
    const auto again = reload_config(now->config, read);
    RC_ASSERT(again.ok());
    RC_ASSERT(again->changed.empty());
    RC_ASSERT(again->need_restart == now->need_restart);
    RC_ASSERT(again->config.given == now->config.given);
  }));
}

TEST_CASE("a reloaded setting is described and in effect on every shard") {
  ReloadingBroker it("message.max.bytes=5000", 3);
  it.run([&](Env& env, ConfigAdmin& admin) {
    REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
    for (int32_t i = 0; i < 3; ++i) {
      REQUIRE(await_send_bytes(env, it.broker, "t", i, 2000) == ErrorCode::none);
    }
    it.text += "message.max.bytes=1000\n";
    it.await_reload(env);
    for (int32_t i = 0; i < 3; ++i) {
      REQUIRE(await_send_bytes(env, it.broker, "t", i, 2000) == ErrorCode::message_too_large);
    }
    const auto key = admin.await_one(Type::broker, "1", "message.max.bytes");
    REQUIRE(key.value == "1000");
    REQUIRE(key.source == ConfigSource::static_broker);
    REQUIRE(it.said("message.max.bytes = 1000: reloaded\n"));
    REQUIRE(it.said("settings reloaded: 1 in effect, 0 need a restart\n"));
  });
}

TEST_CASE("what was altered at run time outranks a reloaded setting until it is taken away") {
  ReloadingBroker it("");
  it.run([&](Env& env, ConfigAdmin& admin) {
    REQUIRE(admin.await_alter(Type::broker, "", {{"message.max.bytes", Op::set, "700"}}) ==
            ErrorCode::none);
    it.text += "message.max.bytes=1000\n";
    it.await_reload(env);
    REQUIRE(admin.await_one(Type::broker, "1", "message.max.bytes").value == "700");
    REQUIRE(it.said("message.max.bytes = 1000: reloaded, without effect while a value"));
    REQUIRE(
        admin.await_alter(Type::broker, "", {{"message.max.bytes", Op::remove, std::nullopt}}) ==
        ErrorCode::none);
    REQUIRE(admin.await_one(Type::broker, "1", "message.max.bytes").value == "1000");
  });
}

TEST_CASE("settings with one bad value, or that cannot be read, change nothing") {
  ReloadingBroker it("");
  it.run([&](Env& env, ConfigAdmin& admin) {
    const std::string good = it.text;
    it.text += "message.max.bytes=1000\nlog.retention.ms=soon\n";
    it.await_reload(env);
    REQUIRE(it.said(refused("log.retention.ms=soon") +
                    "; nothing was reloaded, the settings in effect stay\n"));
    it.text = good + "message.max.bytes=1000\n";
    it.unreadable = "cannot read it";
    it.await_reload(env);
    REQUIRE(it.said("cannot read it; nothing was reloaded, the settings in effect stay\n"));
    REQUIRE(admin.await_one(Type::broker, "1", "message.max.bytes").value == "1048588");
    it.unreadable.reset();
    it.await_reload(env);
    REQUIRE(admin.await_one(Type::broker, "1", "message.max.bytes").value == "1000");
  });
}

TEST_CASE("what needs a restart is named each time and stays as it was") {
  ReloadingBroker it("");
  it.run([&](Env& env, ConfigAdmin& admin) {
    it.text += "num.io.threads=7\n";
    for (int i = 0; i < 2; ++i) {
      it.log.clear();
      it.await_reload(env);
      REQUIRE(
          it.said("num.io.threads changed in the settings, and needs a restart to take effect\n"));
    }
    REQUIRE(admin.await_one(Type::broker, "1", "num.io.threads").value == "4");
  });
}

TEST_CASE("what is asked for while the broker starts is read when it has") {
  ReloadingBroker it("");
  it.ask();
  it.run([&](Env&, ConfigAdmin& admin) {
    REQUIRE(admin.await_one(Type::broker, "1", "num.io.threads").value == "4");
    REQUIRE(it.reads == 1);
  });
}

}  // namespace weir
