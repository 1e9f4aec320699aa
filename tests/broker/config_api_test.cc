// Settings as an admin sees and changes them, in the simulated world.
#include "tests/support/test_pch.h"

#include "model/protocol/describe_cluster.h"
#include "model/protocol/describe_producers.h"
#include "tests/broker/config_admin.h"

namespace weir {
namespace {

using Op = AlterConfigOp;
using Type = ConfigResourceType;
using Edits = ConfigAdmin::Edits;
using Config = ConfigAdmin::Config;

void with_broker(uint32_t shards, const std::function<void(Env&, SimBroker&)>& body,
                 const std::function<void(BrokerConfig&)>& prepare = {}) {
  SimBroker broker(11, shards);
  if (prepare) prepare(broker.config);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) { body(env, broker); }));
  REQUIRE(broker.start_failure().empty());
}

std::optional<std::string> value_among(const std::vector<CreateTopicsResponse::Config>& configs,
                                       std::string_view name) {
  for (const auto& config : configs) {
    if (config.name == name) return config.value;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a topic is made with settings of its own, and the answer shows all of them") {
  with_broker(3, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {{"retention.ms", "5000"}, {"flush.messages", "7"}}) ==
            ErrorCode::none);
    const auto& configs = *admin.created().configs;
    REQUIRE(configs.size() > 30);
    REQUIRE(value_among(configs, "retention.ms") == "5000");
    REQUIRE(value_among(configs, "segment.bytes") == "1073741824");
    const Config own = admin.await_one(Type::topic, "t", "retention.ms");
    REQUIRE(own.source == ConfigSource::dynamic_topic);
    REQUIRE(own.type == ConfigType::int64);
    REQUIRE_FALSE(own.read_only);
    REQUIRE(own.documentation.has_value());
    REQUIRE(own.synonyms.size() == 1);
    REQUIRE(own.synonyms[0].name == "retention.ms");
    REQUIRE(admin.await_one(Type::topic, "t", "segment.ms").source == ConfigSource::default_value);
  });
}

TEST_CASE("a topic with settings that are wrong is not made") {
  with_broker(1, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {{"retention.ms", "soon"}}) == ErrorCode::invalid_config);
    REQUIRE(admin.created().error_message->find("retention.ms = soon") == 0);
    REQUIRE(admin.await_create("t", {{"cleanup.policy", "compact"}}) == ErrorCode::invalid_config);
    REQUIRE(admin.await_create("t", {{"no.such.key", "1"}}) == ErrorCode::invalid_config);
    REQUIRE(admin.await_describe(Type::topic, "t").error == ErrorCode::unknown_topic_or_partition);
  });
}

TEST_CASE("a changed topic setting is in effect at once on every shard") {
  with_broker(3, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
    for (int32_t i = 0; i < 3; ++i) {
      REQUIRE(await_send_bytes(env, broker, "t", i, 2000) == ErrorCode::none);
    }
    REQUIRE(admin.await_alter(Type::topic, "t", {{"max.message.bytes", Op::set, "1000"}}) ==
            ErrorCode::none);
    for (int32_t i = 0; i < 3; ++i) {
      REQUIRE(await_send_bytes(env, broker, "t", i, 2000) == ErrorCode::message_too_large);
      ConfigAdmin next_shard(env, broker);
      REQUIRE(next_shard.await_one(Type::topic, "t", "max.message.bytes").value == "1000");
    }
    REQUIRE(
        admin.await_alter(Type::topic, "t", {{"max.message.bytes", Op::remove, std::nullopt}}) ==
        ErrorCode::none);
    for (int32_t i = 0; i < 3; ++i) {
      REQUIRE(await_send_bytes(env, broker, "t", i, 2000) == ErrorCode::none);
    }
  });
}

TEST_CASE("validate_only checks and changes nothing") {
  with_broker(1, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
    REQUIRE(admin.await_alter(Type::topic, "t", {{"retention.ms", Op::set, "5"}}, true) ==
            ErrorCode::none);
    REQUIRE(admin.await_alter(Type::topic, "t", {{"retention.ms", Op::set, "x"}}, true) ==
            ErrorCode::invalid_config);
    REQUIRE(admin.await_alter(Type::broker, "1", {{"log.retention.ms", Op::set, "5"}}, true) ==
            ErrorCode::none);
    REQUIRE(admin.await_one(Type::topic, "t", "retention.ms").value == "604800000");
  });
}

TEST_CASE("a broker's settings change while it runs, and a topic's own count before them") {
  with_broker(3, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
    REQUIRE(admin.await_alter(Type::broker, "", {{"message.max.bytes", Op::set, "1000"}}) ==
            ErrorCode::none);
    for (int32_t i = 0; i < 3; ++i) {
      REQUIRE(await_send_bytes(env, broker, "t", i, 2000) == ErrorCode::message_too_large);
    }
    Config config = admin.await_one(Type::topic, "t", "max.message.bytes");
    REQUIRE(config.value == "1000");
    REQUIRE(config.source == ConfigSource::dynamic_default_broker);
    REQUIRE(admin.await_describe(Type::broker, "").configs.size() == 1);

    REQUIRE(admin.await_alter(Type::broker, "1", {{"message.max.bytes", Op::set, "5000"}}) ==
            ErrorCode::none);
    REQUIRE(await_send_bytes(env, broker, "t", 0, 2000) == ErrorCode::none);
    config = admin.await_one(Type::broker, "1", "message.max.bytes");
    REQUIRE(config.source == ConfigSource::dynamic_broker);
    REQUIRE(config.synonyms.size() == 3);

    REQUIRE(admin.await_alter(Type::topic, "t", {{"max.message.bytes", Op::set, "1500"}}) ==
            ErrorCode::none);
    REQUIRE(await_send_bytes(env, broker, "t", 0, 2000) == ErrorCode::message_too_large);
    config = admin.await_one(Type::topic, "t", "max.message.bytes");
    REQUIRE(config.source == ConfigSource::dynamic_topic);
    REQUIRE(config.synonyms.size() == 4);
  });
}

TEST_CASE("how long idle producers are remembered changes while the broker runs") {
  const auto short_checks = [](BrokerConfig& config) {
    config.retention_check_interval = seconds(20);
  };
  const auto body = [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
    REQUIRE(await_send_bytes(env, broker, "t", 2, 10) == ErrorCode::none);
    DescribeProducersRequest request;
    request.topics.push_back({"t", {PartitionIndex{2}}});
    const auto producers = [&] {
      const auto answer = admin.await_ask<DescribeProducersResponse>(0, request);
      return answer.topics.at(0).partitions.at(0).active_producers.size();
    };
    const auto past_a_check = [&] {
      await_sleep(env.scheduler,
                  env.clock.now() + broker.config.retention_check_interval + seconds(5));
    };
    past_a_check();
    REQUIRE(producers() == 1);
    REQUIRE(admin.await_alter(Type::broker, "1",
                              {{"producer.id.expiration.ms", Op::set, "1000"}}) == ErrorCode::none);
    past_a_check();
    REQUIRE(producers() == 0);
  };
  with_broker(3, body, short_checks);
}

TEST_CASE("AlterConfigs puts what it does not name back to its default") {
  with_broker(1, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {{"retention.ms", "1"}, {"segment.ms", "2"}}) ==
            ErrorCode::none);
    AlterConfigsRequest request;
    request.resources = {
        {Type::topic, "t", {{"segment.ms", "3"}, {"segment.bytes", std::nullopt}}}};
    REQUIRE(admin.await_ask<AlterConfigsResponse>(2, request).results.at(0).error ==
            ErrorCode::none);
    REQUIRE(admin.await_one(Type::topic, "t", "segment.ms").value == "3");
    REQUIRE(admin.await_one(Type::topic, "t", "retention.ms").source ==
            ConfigSource::default_value);
  });
}

TEST_CASE("what cannot be described or changed has its error code") {
  with_broker(1, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
    REQUIRE(admin.await_describe(Type::topic, "no").error == ErrorCode::unknown_topic_or_partition);
    REQUIRE(admin.await_describe(Type::topic, "a/b").error == ErrorCode::invalid_topic_exception);
    REQUIRE(admin.await_describe(Type::broker, "2").error == ErrorCode::invalid_request);
    REQUIRE(admin.await_describe(Type{77}, "t").error == ErrorCode::invalid_request);
    REQUIRE(admin.await_describe(Type::topic, "t", {{"no.such.key"}}).configs.empty());
    const Edits edit{{"retention.ms", Op::set, "5"}};
    REQUIRE(admin.await_alter(Type::topic, "no", edit) == ErrorCode::unknown_topic_or_partition);
    REQUIRE(admin.await_alter(Type{77}, "t", edit) == ErrorCode::invalid_request);
    REQUIRE(admin.await_alter(Type::broker, "2", edit) == ErrorCode::invalid_request);
    REQUIRE(admin.await_alter(Type::broker, "one", edit) == ErrorCode::invalid_request);
    REQUIRE(admin.await_alter(Type::topic, "t", {{"retention.ms", Op::append, "5"}}) ==
            ErrorCode::invalid_config);
    REQUIRE(admin.await_alter(Type::broker, "1", {{"num.io.threads", Op::set, "5"}}) ==
            ErrorCode::invalid_request);
    DescribeConfigsRequest same;
    same.resources = {{Type::topic, "t", std::nullopt}, {Type::topic, "t", std::nullopt}};
    const auto described = admin.await_ask<DescribeConfigsResponse>(4, same);
    REQUIRE(described.results.at(0).error == ErrorCode::none);
    REQUIRE(described.results.at(1).error == ErrorCode::invalid_request);
    IncrementalAlterConfigsRequest twice;
    twice.resources = {{Type::topic, "t", edit}, {Type::topic, "t", edit}};
    const auto answer = admin.await_ask<IncrementalAlterConfigsResponse>(1, twice);
    REQUIRE(answer.results.size() == 2);
    REQUIRE(answer.results[0].error == ErrorCode::invalid_request);
    REQUIRE(answer.results[1].error == ErrorCode::invalid_request);
    REQUIRE(admin.await_one(Type::topic, "t", "retention.ms").value == "604800000");
  });
}

TEST_CASE("a broker shows every key, what server.properties said, and what may be changed") {
  with_broker(
      1,
      [](Env& env, SimBroker& broker) {
        ConfigAdmin admin(env, broker);
        const auto all = admin.await_describe(Type::broker, "1");
        REQUIRE(all.configs.size() > 50);
        REQUIRE_FALSE(admin.await_one(Type::broker, "1", "log.retention.ms").read_only);
        const Config config = admin.await_one(Type::broker, "1", "log.retention.hours");
        REQUIRE(config.value == "5");
        REQUIRE(config.source == ConfigSource::static_broker);
        REQUIRE(config.read_only);
        // Set by who started the broker, not by a file.
        REQUIRE(admin.await_one(Type::broker, "1", "num.io.threads").source ==
                ConfigSource::static_broker);
        REQUIRE(admin.await_one(Type::broker, "1", "num.partitions").source ==
                ConfigSource::default_value);
      },
      [](BrokerConfig& config) {
        config.given = {{"log.retention.hours", "5"}};
        config.log.retention = seconds(5 * 3600);
      });
}

// As Kafka 3.9 shows them (tests/interop/differential).
TEST_CASE("a time in hours is shown under the hours, and behind what finer units say") {
  using Synonyms = std::vector<std::string>;
  const auto with = [](const char* file, const std::function<void(ConfigAdmin&)>& body) {
    const auto parsed = parse_config(file);
    REQUIRE(parsed.ok());
    with_broker(
        1,
        [&](Env& env, SimBroker& broker) {
          ConfigAdmin admin(env, broker);
          REQUIRE(admin.await_create("t", {}) == ErrorCode::none);
          body(admin);
        },
        [&](BrokerConfig& config) {
          config.given = parsed->config.given;
          config.log.retention = parsed->config.log.retention;
        });
  };
  // "value: the synonyms with their sources' numbers"
  const auto shown = [](ConfigAdmin& admin, const char* key) {
    const bool of_topic = std::string_view(key) == "retention.ms";
    const Config config =
        admin.await_one(of_topic ? Type::topic : Type::broker, of_topic ? "t" : "1", key);
    Synonyms synonyms{config.value.value_or("none")};
    for (const auto& synonym : config.synonyms) {
      synonyms.push_back(synonym.name + "=" + synonym.value.value_or("none") + " " +
                         std::to_string(static_cast<int>(synonym.source)));
    }
    return synonyms;
  };
  with("", [&](ConfigAdmin& admin) {
    REQUIRE(shown(admin, "log.retention.hours") == Synonyms{"168", "log.retention.hours=168 5"});
    REQUIRE(shown(admin, "log.retention.minutes") == Synonyms{"none"});
    REQUIRE(shown(admin, "log.retention.ms") == Synonyms{"none"});
    REQUIRE(shown(admin, "log.roll.hours") == Synonyms{"168", "log.roll.hours=168 5"});
    REQUIRE(shown(admin, "retention.ms") == Synonyms{"604800000"});
  });
  with("log.retention.hours=5\nlog.retention.minutes=7", [&](ConfigAdmin& admin) {
    REQUIRE(shown(admin, "log.retention.hours") ==
            Synonyms{"5", "log.retention.hours=5 4", "log.retention.hours=168 5"});
    REQUIRE(shown(admin, "log.retention.minutes") ==
            Synonyms{"7", "log.retention.minutes=7 4", "log.retention.hours=5 4",
                     "log.retention.hours=168 5"});
    REQUIRE(shown(admin, "log.retention.ms") == Synonyms{"none"});
    REQUIRE(shown(admin, "retention.ms") == Synonyms{"420000"});
    REQUIRE(admin.await_alter(Type::broker, "1", {{"log.retention.ms", Op::set, "9"}}) ==
            ErrorCode::none);
    const Synonyms all{"9", "log.retention.ms=9 2", "log.retention.minutes=7 4",
                       "log.retention.hours=5 4", "log.retention.hours=168 5"};
    REQUIRE(shown(admin, "log.retention.ms") == all);
    REQUIRE(shown(admin, "retention.ms") == all);
    REQUIRE(shown(admin, "log.retention.hours").front() == "5");
  });
}

TEST_CASE("readers keep what they could see when a topic begins to wait for the disk") {
  with_broker(
      1,
      [](Env& env, SimBroker& broker) {
        ConfigAdmin admin(env, broker);
        REQUIRE(admin.await_create("t", {}, 1) == ErrorCode::none);
        REQUIRE(await_send_bytes(env, broker, "t", 0, 10) == ErrorCode::none);
        REQUIRE(admin.await_alter(Type::topic, "t", {{"flush.messages", Op::set, "1"}}) ==
                ErrorCode::none);
        SimpleConsumer consumer(env, broker.session());
        const TopicPartition tp{"t", PartitionIndex{0}};
        REQUIRE(consumer.await_poll(tp, Offset{1}, 100, {}).error == ErrorCode::none);
        REQUIRE(await_send_bytes(env, broker, "t", 0, 10) == ErrorCode::none);
        REQUIRE(consumer.await_poll(tp, Offset{0}, 100, {}).high_watermark == Offset{2});
      },
      [](BrokerConfig& config) { config.log.flush_interval_messages = 1'000'000; });
}

TEST_CASE("the cluster is described with its broker, and controllers are not here") {
  with_broker(1, [](Env& env, SimBroker& broker) {
    ConfigAdmin admin(env, broker);
    DescribeClusterRequest request;
    auto answer = admin.await_ask<DescribeClusterResponse>(1, request);
    REQUIRE(answer.error == ErrorCode::none);
    REQUIRE_FALSE(answer.cluster_id.empty());
    REQUIRE(answer.controller_id == BrokerId{1});
    REQUIRE(answer.brokers.size() == 1);
    REQUIRE(answer.brokers[0].host == broker.config.listeners[0].at.host);
    REQUIRE(answer.brokers[0].port == 9092);
    request.include_cluster_authorized_operations = true;
    REQUIRE(admin.await_ask<DescribeClusterResponse>(0, request).cluster_authorized_operations ==
            8096);
    request.endpoint_type = EndpointType::controllers;
    REQUIRE(admin.await_ask<DescribeClusterResponse>(1, request).error ==
            ErrorCode::mismatched_endpoint_type);
  });
}

}  // namespace weir
