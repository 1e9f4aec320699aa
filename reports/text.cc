#include "reports/text.h"

#include <fmt/core.h>

#include <algorithm>

namespace weir::reports {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kNarrowSpace = "\xe2\x80\xaf";

// Three digits that count, rounded: 1.03, 12.4, 149.
std::string three_digits(int64_t value, int64_t unit) {
  if (value >= 100 * unit) return fmt::format("{}", (value + unit / 2) / unit);
  if (value >= 10 * unit) {
    const int64_t tenths = (value * 10 + unit / 2) / unit;
    return fmt::format("{}.{}", tenths / 10, tenths % 10);
  }
  const int64_t hundredths = (value * 100 + unit / 2) / unit;
  return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == '\x7f') {
          safe += kReplacement;
        } else {
          safe += c;
        }
    }
  }
  return safe;
}

std::string grouped(uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += kNarrowSpace;
    text += digits[i];
  }
  return text;
}

std::string counted(uint64_t number, std::string_view one, std::string_view plural) {
  if (number == 1) return fmt::format("1 {}", one);
  if (!plural.empty()) return fmt::format("{} {}", grouped(number), plural);
  return fmt::format("{} {}s", grouped(number), one);
}

std::string enumerated(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string in_ms(int64_t ns) {
  const char* const sign = ns < 0 ? "-" : "";
  const int64_t us = (ns < 0 ? -ns : ns) / 1'000;
  return fmt::format("{}{}.{:03} ms", sign, grouped(static_cast<uint64_t>(us / 1'000)), us % 1'000);
}

std::string span_text(int64_t ns) {
  if (ns < 1'000) return fmt::format("{} ns", ns);
  if (ns < 1'000'000) return three_digits(ns, 1'000) + " \xc2\xb5s";
  if (ns < 1'000'000'000) return three_digits(ns, 1'000'000) + " ms";
  if (ns < 600'000'000'000) return three_digits(ns, 1'000'000'000) + " s";
  return three_digits(ns, 60'000'000'000) + " min";
}

std::string chance_text(uint32_t per_million) {
  // Above a percent two decimals are enough.
  const uint32_t rounded = per_million < 10'000 ? per_million : (per_million + 50) / 100 * 100;
  std::string text = fmt::format("{}", rounded / 10'000);
  if (rounded % 10'000 != 0) {
    text += fmt::format(".{:04}", rounded % 10'000);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + " %";
}

std::string spaced(std::string_view key) {
  std::string text(key);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string hex16(uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace weir::reports
