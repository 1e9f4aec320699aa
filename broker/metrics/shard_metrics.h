// ShardMetrics: what one shard counts for itself, without locks: only its own fibers touch it.
//
// A scrape copies it by a message to the shard and sums the copies. Whoever counts is given a reference.
#pragma once

#include <array>
#include <cstdint>

#include "broker/metrics/histogram.h"
#include "broker/metrics/topic_metrics.h"
#include "model/protocol/api_info.h"
#include "model/types/error_code.h"
#include "sim/base/check.h"

namespace weir {

// How long the handlers of a shard had nothing to do, over all of them.
class IdleTime {
 public:
  void start(TimePoint now) {
    settle(now);
    ++idle_;
  }
  void stop(TimePoint now) {
    CHECK(idle_ > 0);
    settle(now);
    --idle_;
  }
  // Those that are idle right now count up to now.
  Duration total(TimePoint now) {
    settle(now);
    return total_;
  }

 private:
  void settle(TimePoint now) {
    total_ += (now - settled_at_) * idle_;
    settled_at_ = now;
  }
  int64_t idle_ = 0;
  TimePoint settled_at_;
  Duration total_;
};

struct ApiMetrics {
  static constexpr size_t kMaxVersions = 32;
  static constexpr int16_t kFirstError = static_cast<int16_t>(ErrorCode::unknown_server_error);
  static constexpr size_t kErrorSlots =
      static_cast<size_t>(ErrorCode::invalid_regular_expression) - kFirstError + 1;

  void count_error(ErrorCode error) {
    const auto slot = static_cast<size_t>(static_cast<int16_t>(error) - kFirstError);
    CHECK_MSG(slot < kErrorSlots, "a code that is not Kafka's was answered");
    ++errors[slot];
  }
  static ErrorCode error_of(size_t slot) {
    return static_cast<ErrorCode>(static_cast<int16_t>(slot) + kFirstError);
  }

  std::array<uint64_t, kMaxVersions> requests{};  // by version, of those that are served
  std::array<uint64_t, kErrorSlots> errors{};    // by code, from -1 on
  uint64_t refused = 0;
  Histogram queue_time;
  Histogram total_time;
};

struct ShardMetrics {
  std::array<ApiMetrics, std::size(kApis)> apis{};  // as kApis
  ApiMetrics unknown_api;                           // refused ones, of no API that is known
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  TopicMetrics topics;

  ApiMetrics& of(ApiKey key) {
    for (size_t i = 0; i < apis.size(); ++i) {
      if (kApis[i].key == key) return apis[i];
    }
    return unknown_api;
  }
  void merge(const ShardMetrics& other) {
    for (size_t i = 0; i < apis.size(); ++i) merge(apis[i], other.apis[i]);
    merge(unknown_api, other.unknown_api);
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    topics.merge(other.topics);
  }

 private:
  static void merge(ApiMetrics& into, const ApiMetrics& from) {
    for (size_t i = 0; i < into.requests.size(); ++i) into.requests[i] += from.requests[i];
    for (size_t i = 0; i < into.errors.size(); ++i) into.errors[i] += from.errors[i];
    into.refused += from.refused;
    into.queue_time.merge(from.queue_time);
    into.total_time.merge(from.total_time);
  }
};

static_assert(
    [] {
      for (const ApiInfo& api : kApis) {
        if (api.max >= static_cast<int16_t>(ApiMetrics::kMaxVersions)) return false;
      }
      return true;
    }(),
    "each version that is served has its counter");

}  // namespace weir
