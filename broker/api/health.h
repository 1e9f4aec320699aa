// Health: how far the process has come, and what /health/ready says of it.
#pragma once

#include <cstdint>
#include <string>

#include "broker/metrics/http_request.h"
#include "sim/base/time.h"

namespace weir {

enum class Phase : uint8_t { starting, serving, draining };

struct Health {
  Phase phase = Phase::starting;
  TimePoint began;
  Duration recovery;  // of the logs; known when serving
};

// 200 when the listeners accept and every log is online; else 503 and why.
//   {"status":"ready"}   {"status":"not ready","reason":"..."}
inline HttpAnswer ready_answer(const Health& health, uint64_t offline_partitions) {
  const auto not_ready = [](const std::string& reason) {
    return HttpAnswer{HttpStatus::unavailable, "application/json",
                      R"({"status":"not ready","reason":")" + reason + "\"}\n"};
  };
  switch (health.phase) {
    case Phase::starting:
      return not_ready("starting: the logs are being recovered");
    case Phase::draining:
      return not_ready("stopping: no request is taken any more");
    case Phase::serving:
      break;
  }
  if (offline_partitions > 0) {
    return not_ready(
        std::to_string(offline_partitions) +
        " partitions are offline after a failed write or sync; the log names them, and "
        "a restart recovers them");
  }
  return {HttpStatus::ok, "application/json", "{\"status\":\"ready\"}\n"};
}

}  // namespace weir
