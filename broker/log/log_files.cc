#include "broker/log/log_files.h"

#include <algorithm>
#include <array>

namespace weir {
namespace {

constexpr size_t kDigits = 20;
// In the order of LogFileKind.
constexpr std::array<std::string_view, 4> kEndings{".log", ".index", ".timeindex", ".snapshot"};
constexpr std::array<std::string_view, 5> kLeftOver{".recovering", ".tmp", ".deleted", ".cleaned",
                                                    ".swap"};

std::optional<Offset> parse_digits(std::string_view digits) {
  int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value)) {
      return std::nullopt;
    }
  }
  return Offset{value};
}

}  // namespace

std::string log_file_name(Offset at, LogFileKind kind) {
  const std::string digits = std::to_string(at.value());
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits +
         std::string(kEndings.at(static_cast<size_t>(kind)));
}

std::optional<LogFileName> parse_log_file_name(std::string_view name) {
  if (name.size() < kDigits) return std::nullopt;
  const auto ending = std::find(kEndings.begin(), kEndings.end(), name.substr(kDigits));
  if (ending == kEndings.end()) return std::nullopt;
  const auto at = parse_digits(name.substr(0, kDigits));
  if (!at) return std::nullopt;
  return LogFileName{*at, static_cast<LogFileKind>(ending - kEndings.begin())};
}

bool is_left_over(std::string_view name) {
  return std::any_of(kLeftOver.begin(), kLeftOver.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace weir
