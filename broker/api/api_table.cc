#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/api_versions.h"

namespace weir {
namespace {

struct Row {
  ApiKey key;
  Handler handler;
};

constexpr std::array kTable{
    Row{ApiKey::produce, await_handle_produce},
    Row{ApiKey::fetch, await_handle_fetch},
    Row{ApiKey::list_offsets, await_handle_list_offsets},
    Row{ApiKey::metadata, await_handle_metadata},
    Row{ApiKey::find_coordinator, await_handle_find_coordinator},
    Row{ApiKey::api_versions, await_handle_api_versions},
    Row{ApiKey::create_topics, await_handle_create_topics},
    Row{ApiKey::init_producer_id, await_handle_init_producer_id},
    Row{ApiKey::describe_configs, await_handle_describe_configs},
    Row{ApiKey::alter_configs, await_handle_alter_configs},
    Row{ApiKey::incremental_alter_configs, await_handle_incremental_alter_configs},
    Row{ApiKey::describe_cluster, await_handle_describe_cluster},
    Row{ApiKey::delete_topics, await_handle_delete_topics},
    Row{ApiKey::create_partitions, await_handle_create_partitions},
    Row{ApiKey::delete_records, await_handle_delete_records},
    Row{ApiKey::describe_log_dirs, await_handle_describe_log_dirs},
    Row{ApiKey::describe_producers, await_handle_describe_producers},
    Row{ApiKey::offset_for_leader_epoch, await_handle_offset_for_leader_epoch},
};
static_assert(kTable.size() == std::size(kAnnouncedApis), "each announced API has its handler");

Handler find_handler(ApiKey key) {
  for (const Row& row : kTable) {
    if (row.key == key) return row.handler;
  }
  return nullptr;
}

constexpr int16_t kFirstWithSoftware = 3;

// KIP-511: letters, digits, and between them '-' and '.'.
bool is_software(std::string_view text) {
  const auto is_inner = [](char c) { return c == '-' || c == '.'; };
  const auto is_plain = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
  };
  if (text.empty() || is_inner(text.front()) || is_inner(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_plain(c) || is_inner(c); });
}

// The one request that is answered although its version is unknown: how else would a client learn?
Reply refuse_api_versions(ShardContext& shard, const RequestHeader& header) {
  const ApiInfo& info = api_info(ApiKey::api_versions);
  ApiVersionsResponse response;
  response.error = ErrorCode::unsupported_version;
  response.apis.push_back({info.key, info.min, info.max});
  count_errors(shard, 0, response);
  return Reply::send(encode_response(0, header.correlation_id, response));
}

}  // namespace

std::optional<Reply> await_handle(ShardContext& shard, Request& request) {
  const auto frame = open_request(request.frame);
  if (!frame) return Reply::close("malformed request header: " + frame.error().message);
  const RequestHeader& header = frame->header;
  const Handler handler = find_handler(header.key);
  if (handler == nullptr) {
    return Reply::close(
        fmt::format("API key {} is not served here", static_cast<int16_t>(header.key)));
  }
  const ApiInfo& info = api_info(header.key);
  if (!info.has(header.version)) {
    if (header.key == ApiKey::api_versions) return refuse_api_versions(shard, header);
    return Reply::close(fmt::format("{} version {} is outside {}..{}", info.name, header.version,
                                    info.min, info.max));
  }
  return handler(shard, request, *frame);
}

std::optional<Reply> await_handle_api_versions(ShardContext& shard, Request& /*request*/,
                                               const RequestFrame& frame) {
  const auto body = decode_body<ApiVersionsRequest>(frame);
  if (!body) return Reply::close("ApiVersions: " + body.error().message);
  ApiVersionsResponse response;
  if (frame.header.version >= kFirstWithSoftware &&
      !(is_software(body->client_software_name) && is_software(body->client_software_version))) {
    response.error = ErrorCode::invalid_request;
    return respond(shard, frame.header, response);
  }
  for (const ApiKey key : kAnnouncedApis) {
    const ApiInfo& info = api_info(key);
    response.apis.push_back({key, info.min, info.max});
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
