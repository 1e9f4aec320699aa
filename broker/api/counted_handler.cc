#include "broker/api/counted_handler.h"

namespace weir {
namespace {

constexpr uint64_t kSizeBytes = 4;

uint64_t bytes_of(const Reply& reply) {
  uint64_t bytes = reply.bytes.size();
  for (const ReplySlice& slice : reply.slices) bytes += slice.bytes;
  return bytes;
}

}  // namespace

std::optional<Reply> await_handle_counted(ShardContext& shard, Request& request) {
  ShardMetrics& metrics = shard.metrics;
  const auto peek = peek_request(request.frame);
  ApiMetrics& api = peek ? metrics.of(peek->key) : metrics.unknown_api;
  const TimePoint arrived = request.arrived;
  if (!request.counted) {
    request.counted = true;
    api.queue_time.add(shard.env.clock.now() - arrived);
    metrics.bytes_in += request.frame.size() + kSizeBytes;
    // Others would let any client add as many series as it likes.
    const ApiInfo* const info = peek ? find_api(peek->key) : nullptr;
    if (info != nullptr && info->has(peek->version)) {
      ++api.requests[static_cast<size_t>(peek->version)];
    }
  }
  auto reply = await_handle(shard, request);
  if (!reply) return reply;
  api.total_time.add(shard.env.clock.now() - arrived);
  if (reply->kind == Reply::Kind::close) ++api.refused;
  metrics.bytes_out += bytes_of(*reply);
  return reply;
}

}  // namespace weir
