#include "sim/real/stderr_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "sim/real/real_clock.h"

namespace weir {
namespace {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "DEBUG";
    case LogLevel::info: return "INFO";
    case LogLevel::warn: return "WARN";
    case LogLevel::error: return "ERROR";
  }
  return "UNKNOWN";
}

void append_escaped(std::string& to, std::string_view text, bool json) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      to += "\\n";
    } else if (c == '\t' && !json) {
      to += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", byte);
    } else {
      if (json && (c == '"' || c == '\\')) to += '\\';
      to += c;
    }
  }
}

}  // namespace

std::string format_log_line(LogFormat format, int64_t wall_ms, LogLevel level,
                            std::string_view component, std::string_view line) {
  const bool json = format == LogFormat::json;
  const time_t seconds = wall_ms / 1000;
  tm utc{};
  gmtime_r(&seconds, &utc);
  const std::string day =
      fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
  const std::string time = fmt::format("{:02}:{:02}:{:02}", utc.tm_hour, utc.tm_min, utc.tm_sec);
  const int64_t ms = wall_ms % 1000;

  std::string text =
      json ? fmt::format(R"({{"ts":"{}T{}.{:03}Z","level":"{}","component":")", day, time, ms,
                         level_name(level))
           : fmt::format("[{} {},{:03}] {} [", day, time, ms, level_name(level));
  append_escaped(text, component, json);
  text += json ? R"(","message":")" : "] ";
  append_escaped(text, line, json);
  text += json ? "\"}\n" : "\n";
  return text;
}

void StderrLog::write(LogLevel level, std::string_view component, std::string_view line) {
  const std::string text =
      format_log_line(format_, RealClock().wall_now().value(), level, component, line);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace weir
