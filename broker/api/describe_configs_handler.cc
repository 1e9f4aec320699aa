#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "broker/api/config_view.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/types/topic_name.h"

namespace weir {
namespace {

using Configs = std::vector<DescribedConfig>;
struct Refusal {
  ErrorCode error;
  std::string message;
};

Result<Configs, Refusal> describe(const ShardContext& shard,
                                  const DescribeConfigsRequest::Resource& resource) {
  const std::string& name = resource.resource_name;
  switch (resource.resource_type) {
    case ConfigResourceType::topic:
      if (const TopicInfo* const info = shard.metadata.find(name)) {
        return describe_topic(shard, info->configs);
      }
      if (!is_valid_topic_name(name)) {
        return Refusal{ErrorCode::invalid_topic_exception, "this cannot be a topic's name"};
      }
      return Refusal{ErrorCode::unknown_topic_or_partition,
                     fmt::format("there is no topic {}", name)};
    case ConfigResourceType::broker:
      if (name.empty()) return describe_all_brokers(shard);
      if (name == std::to_string(shard.config.broker_id.value())) return describe_broker(shard);
      return Refusal{ErrorCode::invalid_request,
                     fmt::format("this is broker {}; ask broker {} itself",
                                 shard.config.broker_id.value(), name)};
    default:
      break;
  }
  return Refusal{ErrorCode::invalid_request,
                 fmt::format("resources of type {} have no settings here",
                             static_cast<int>(resource.resource_type))};
}

bool is_asked_for(const DescribeConfigsRequest::Resource& resource, const std::string& name) {
  // No keys are all keys, as in Kafka: null and empty alike.
  if (!resource.configuration_keys || resource.configuration_keys->empty()) return true;
  const auto& keys = *resource.configuration_keys;
  return std::find(keys.begin(), keys.end(), name) != keys.end();
}

DescribeConfigsResponse::Config to_wire(DescribedConfig&& described,
                                        const DescribeConfigsRequest& request) {
  DescribeConfigsResponse::Config config;
  config.source = described.source();
  config.is_default = config.source == ConfigSource::default_value;
  config.name = std::move(described.name);
  config.value = std::move(described.value);
  config.read_only = described.read_only;
  config.type = described.type;
  if (request.include_synonyms) config.synonyms = std::move(described.synonyms);
  if (request.include_documentation) config.documentation = std::string(described.documentation);
  return config;
}

}  // namespace

std::optional<Reply> await_handle_describe_configs(ShardContext& shard, Request& /*request*/,
                                                   const RequestFrame& frame) {
  const auto body = decode_body<DescribeConfigsRequest>(frame);
  if (!body) return Reply::close("DescribeConfigs: " + body.error().message);
  DescribeConfigsResponse response;
  std::set<std::pair<ConfigResourceType, std::string_view>> seen;
  for (const DescribeConfigsRequest::Resource& resource : body->resources) {
    DescribeConfigsResponse::Result& result = response.results.emplace_back();
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
    // An answer is a thousand times its question: one for each resource bounds the response.
    const bool first = seen.insert({resource.resource_type, resource.resource_name}).second;
    auto described =
        first ? describe(shard, resource)
              : Result<Configs, Refusal>(
                    Refusal{ErrorCode::invalid_request, "each resource may stand there once only"});
    if (!described) {
      result.error = described.error().error;
      result.error_message = described.error().message;
      continue;
    }
    for (DescribedConfig& config : *described) {
      if (!is_asked_for(resource, config.name)) continue;
      result.configs.push_back(to_wire(std::move(config), *body));
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
