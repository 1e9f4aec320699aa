// AlterConfigs and IncrementalAlterConfigs: the same change, made from nothing or from what is there.
#include <fmt/core.h>

#include <set>
#include <utility>

#include "broker/api/config_changes.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/alter_configs.h"
#include "model/protocol/incremental_alter_configs.h"
#include "model/types/topic_name.h"

namespace weir {
namespace {

using ResourceName = std::pair<ConfigResourceType, std::string_view>;

ConfigEdit edit_of(const IncrementalAlterConfigsRequest::Config& config) {
  return {config.name, config.operation, config.value};
}

// Without a value a key goes back to its default, and so does one that is not named.
ConfigEdit edit_of(const AlterConfigsRequest::Config& config) {
  return {config.name, config.value ? AlterConfigOp::set : AlterConfigOp::remove, config.value};
}

ConfigRefusal await_change(ShardContext& shard, ConfigResourceType type, const std::string& name,
                           const ConfigChange& change) {
  switch (type) {
    case ConfigResourceType::topic:
      if (name.empty()) return {ErrorCode::invalid_request, "a topic's settings need its name"};
      if (!is_valid_topic_name(name)) {
        return {ErrorCode::invalid_topic_exception, "this cannot be a topic's name"};
      }
      return await_change_topic(shard, name, change);
    case ConfigResourceType::broker:
      if (name.empty()) return await_change_broker(shard, BrokerScope::all_brokers, change);
      if (name == std::to_string(shard.config.broker_id.value())) {
        return await_change_broker(shard, BrokerScope::one_broker, change);
      }
      return {ErrorCode::invalid_request, fmt::format("this is broker {}; ask broker {} itself",
                                                      shard.config.broker_id.value(), name)};
    default:
      break;
  }
  return {ErrorCode::invalid_request,
          fmt::format("resources of type {} have no settings here", static_cast<int>(type))};
}

// The resources that the request names more than once: none of them is changed.
template <class RequestBody>
std::set<ResourceName> doubles_of(const RequestBody& request) {
  std::set<ResourceName> seen;
  std::set<ResourceName> doubles;
  for (const auto& resource : request.resources) {
    const ResourceName name{resource.resource_type, resource.resource_name};
    if (!seen.insert(name).second) doubles.insert(name);
  }
  return doubles;
}

template <class RequestBody, class Response>
Response await_alter(ShardContext& shard, const RequestBody& request, EditStart start) {
  const std::set<ResourceName> doubles = doubles_of(request);
  Response response;
  for (const auto& resource : request.resources) {
    ConfigChange change{start, {}, request.validate_only};
    for (const auto& config : resource.configs) change.edits.push_back(edit_of(config));
    const ConfigRefusal refusal =
        doubles.contains({resource.resource_type, resource.resource_name})
            ? ConfigRefusal{ErrorCode::invalid_request, "each resource may stand there once only"}
            : await_change(shard, resource.resource_type, resource.resource_name, change);
    auto& result = response.results.emplace_back();
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
    result.error = refusal.error;
    if (refusal.error != ErrorCode::none) result.error_message = refusal.message;
  }
  return response;
}

}  // namespace

std::optional<Reply> await_handle_alter_configs(ShardContext& shard, Request& /*request*/,
                                                const RequestFrame& frame) {
  const auto body = decode_body<AlterConfigsRequest>(frame);
  if (!body) return Reply::close("AlterConfigs: " + body.error().message);
  const auto response =
      await_alter<AlterConfigsRequest, AlterConfigsResponse>(shard, *body, EditStart::nothing);
  return respond(shard, frame.header, response);
}

std::optional<Reply> await_handle_incremental_alter_configs(ShardContext& shard,
                                                            Request& /*request*/,
                                                            const RequestFrame& frame) {
  const auto body = decode_body<IncrementalAlterConfigsRequest>(frame);
  if (!body) return Reply::close("IncrementalAlterConfigs: " + body.error().message);
  const auto response =
      await_alter<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
          shard, *body, EditStart::current);
  return respond(shard, frame.header, response);
}

}  // namespace weir
