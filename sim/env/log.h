// Log: lines for the people who run a broker.
//
// Structured a little: level, component ("LogManager"), one line of text. Text is made only when the
// level is on: `log_line(log, LogLevel::info, "LogManager", [&] { return fmt::format(...); })`.
// The sink belongs to the world. Never read back, never part of a decision.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

enum class LogLevel : uint8_t { debug, info, warn, error };

class Log {
 public:
  virtual ~Log() = default;
  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view component, std::string_view line) = 0;
};

template <class MakeText>
void log_line(Log& log, LogLevel level, std::string_view component, MakeText&& make_text) {
  if (log.enabled(level)) log.write(level, component, make_text());
}

}  // namespace weir
