// ConfigAdmin: an admin that asks a SimBroker for settings and changes them.
#pragma once

#include "model/protocol/alter_configs.h"
#include "model/protocol/create_topics.h"
#include "model/protocol/describe_configs.h"
#include "model/protocol/incremental_alter_configs.h"
#include "tests/broker/sim_broker.h"
#include "tests/support/test_pch.h"

namespace weir {

// On one connection; each connection goes to the next shard.
class ConfigAdmin {
 public:
  using Type = ConfigResourceType;
  using Edits = std::vector<IncrementalAlterConfigsRequest::Config>;
  using Config = DescribeConfigsResponse::Config;

  ConfigAdmin(Env& env, const SimBroker& broker) : env_(env), session_(env, broker.session()) {}

  template <class Response, class RequestBody>
  Response await_ask(int16_t version, const RequestBody& request) {
    auto answer = session_.await_call<Response>(version, request, env_.clock.now() + seconds(30));
    REQUIRE(answer.ok());
    return std::move(*answer);
  }

  ErrorCode await_create(const std::string& name, const Settings& configs, int32_t partitions = 3) {
    CreateTopicsRequest request;
    CreateTopicsRequest::Topic& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = 1;
    for (const auto& [key, value] : configs) topic.configs.push_back({key, value});
    created_ = await_ask<CreateTopicsResponse>(7, request).topics.at(0);
    return created_.error;
  }
  [[nodiscard]] const CreateTopicsResponse::Topic& created() const { return created_; }

  ErrorCode await_alter(Type type, const std::string& name, const Edits& edits,
                        bool validate_only = false) {
    IncrementalAlterConfigsRequest request;
    request.resources.push_back({type, name, edits});
    request.validate_only = validate_only;
    const auto answer = await_ask<IncrementalAlterConfigsResponse>(1, request);
    const auto& result = answer.results.at(0);
    REQUIRE(result.resource_name == name);
    REQUIRE((result.error == ErrorCode::none) == !result.error_message.has_value());
    return result.error;
  }

  DescribeConfigsResponse::Result await_describe(
      Type type, const std::string& name,
      std::optional<std::vector<std::string>> keys = std::nullopt) {
    DescribeConfigsRequest request;
    request.resources.push_back({type, name, std::move(keys)});
    request.include_synonyms = true;
    request.include_documentation = true;
    return await_ask<DescribeConfigsResponse>(4, request).results.at(0);
  }
  Config await_one(Type type, const std::string& name, const std::string& key) {
    const auto result = await_describe(type, name, {{key}});
    REQUIRE(result.error == ErrorCode::none);
    REQUIRE(result.configs.size() == 1);
    return result.configs[0];
  }

 private:
  Env& env_;
  BrokerSession session_;
  CreateTopicsResponse::Topic created_;
};

inline ErrorCode await_send_bytes(Env& env, SimBroker& broker, const std::string& topic,
                                  int32_t partition, size_t bytes) {
  Producer producer(env, broker.session(), {});
  const std::string value(bytes, 'v');
  return producer
      .await_send(
          {topic, PartitionIndex{partition}},
          {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = as_bytes(value)}})
      .error;
}

}  // namespace weir
