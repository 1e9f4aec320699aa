// StderrLog: log lines to a descriptor, standard error unless told otherwise.
//
//   text   [2024-10-25 03:33:01,123] INFO [Component] line
//   json   {"ts":"2024-10-25T03:33:01.123Z","level":"INFO","component":"Component",
//           "message":"line"}   on one line
//
// Times are UTC. A line is one write(2), so that the shards, which share one StderrLog, do not mix
// their lines; it keeps no state and takes no lock. Control characters are escaped in both formats:
// what a client sent cannot forge a line. A line that the descriptor does not take is lost: logging
// never stops a broker. A reader that stops reading a full pipe blocks the shard, as for any
// daemon.
#pragma once

#include <string>

#include "sim/env/log.h"

namespace weir {

enum class LogFormat : uint8_t { text, json };

class StderrLog final : public Log {
 public:
  explicit StderrLog(LogLevel level, LogFormat format = LogFormat::text, int fd = 2)
      : level_(level), format_(format), fd_(fd) {}
  [[nodiscard]] bool enabled(LogLevel level) const override { return level >= level_; }
  void write(LogLevel level, std::string_view component, std::string_view line) override;

 private:
  const LogLevel level_;
  const LogFormat format_;
  const int fd_;
};

// The line with its newline. `wall_ms` counts from 1970.
std::string format_log_line(LogFormat format, int64_t wall_ms, LogLevel level,
                            std::string_view component, std::string_view line);

}  // namespace weir
