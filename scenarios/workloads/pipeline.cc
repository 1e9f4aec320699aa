#include "scenarios/workloads/pipeline.h"

#include <fmt/core.h>

#include "model/protocol/api_versions.h"
#include "model/protocol/fetch.h"
#include "model/protocol/header.h"
#include "scenarios/workloads/produce_consume.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr int16_t kFetchVersion = 11;
constexpr int32_t kAtOnce = 3;

// The first may be parked at the broker; the others could be answered at once.
Buffer requests_from(int32_t first_id) {
  FetchRequest fetch;
  fetch.max_wait_ms = 10;
  fetch.min_bytes = 1;
  fetch.max_bytes = 1'000;
  FetchRequest::Topic& topic = fetch.topics.emplace_back();
  topic.name = "events";
  topic.partitions.emplace_back().partition_max_bytes = 1'000;
  Buffer all = encode_request(kFetchVersion, first_id, "pipeliner", fetch);
  for (int32_t i = 1; i < kAtOnce; ++i) {
    append_bytes(all, encode_request(0, first_id + i, "pipeliner", ApiVersionsRequest{}));
  }
  return all;
}

// False when the connection is of no more use.
bool await_round(Env& env, FiberStream& stream, int32_t first_id, Duration timeout,
                 HistoryRecorder& recorder) {
  const TimePoint deadline = env.clock.now() + timeout;
  if (!stream.await_write_all(requests_from(first_id), {.deadline = deadline})) return false;
  for (int32_t i = 0; i < kAtOnce; ++i) {
    uint8_t head[8];
    if (!stream.await_read_exact(head, {.deadline = deadline})) return false;
    const auto size = load_big_endian<int32_t>(head);
    const auto id = load_big_endian<int32_t>(head + 4);
    if (size < 4 || size > 1 << 20) return false;
    if (id != first_id + i) {
      recorder.violated(fmt::format(
          "answer {} of a pipelined connection belongs to request {}, not to {}", i + 1,
          id - first_id + 1, i + 1));
      return false;
    }
    Buffer rest(static_cast<size_t>(size) - 4);
    if (!rest.empty() && !stream.await_read_exact(rest, {.deadline = deadline})) return false;
  }
  return true;
}

}  // namespace

void await_pipeline(Env& env, const Endpoint& broker, const Plan& plan, HistoryRecorder& recorder,
                    const WorkloadProgress& progress) {
  int32_t next_id = 1;
  while (progress.producers_done < plan.producers) {
    auto connection =
        env.network.await_connect(broker, env.clock.now() + plan.request_timeout * 4);
    if (connection) {
      FiberStream stream(env.scheduler, std::move(*connection));
      while (progress.producers_done < plan.producers &&
             await_round(env, stream, next_id, plan.request_timeout, recorder)) {
        next_id += kAtOnce;
        await_sleep(env.scheduler, env.clock.now() + plan.think_time_max / 2 + milliseconds(1));
      }
    }
    next_id += kAtOnce;
    await_sleep(env.scheduler, env.clock.now() + plan.reconnect_backoff_max);
  }
}

}  // namespace weir
