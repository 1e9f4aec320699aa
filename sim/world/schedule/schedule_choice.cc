#include "sim/world/schedule/schedule_choice.h"

#include <charconv>
#include <vector>

namespace weir {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

Result<uint64_t, ScheduleError> parse_number(std::string_view text, uint64_t most) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return ScheduleError::out_of_range;
  if (error != std::errc() || end != text.data() + text.size()) return ScheduleError::not_a_number;
  if (number < 1 || number > most) return ScheduleError::out_of_range;
  return number;
}

}  // namespace

std::string_view name(ScheduleError error) {
  switch (error) {
    case ScheduleError::unknown_kind:
      return "a schedule is random, fifo, pct:DEPTH or delay:BUDGET";
    case ScheduleError::missing_number:
      return "pct needs a depth and delay a budget, as in pct:3";
    case ScheduleError::extra_number:
      return "there are more numbers than this schedule takes";
    case ScheduleError::not_a_number:
      return "a decimal number is missing after the colon";
    case ScheduleError::out_of_range:
      return "a PCT depth is 1 to 5, a budget of delays 1 to 100, the decisions 1 or more";
  }
  return "?";
}

Result<ScheduleChoice, ScheduleError> parse_schedule(std::string_view text) {
  const std::vector<std::string_view> parts = split(text);
  ScheduleChoice choice;
  if (parts[0] == "random" || parts[0] == "fifo") {
    choice.kind = parts[0] == "fifo" ? ScheduleKind::fifo : ScheduleKind::random;
    if (parts.size() > 1) return ScheduleError::extra_number;
    return choice;
  }
  if (parts[0] != "pct" && parts[0] != "delay") return ScheduleError::unknown_kind;
  const bool pct = parts[0] == "pct";
  choice.kind = pct ? ScheduleKind::pct : ScheduleKind::delay;
  if (parts.size() < 2) return ScheduleError::missing_number;
  if (parts.size() > 3) return ScheduleError::extra_number;
  choice.depth = static_cast<uint32_t>(
      TRY(parse_number(parts[1], pct ? ScheduleChoice::kMaxPctDepth : ScheduleChoice::kMaxDelays)));
  if (parts.size() == 3) choice.expected_decisions = TRY(parse_number(parts[2], UINT64_MAX));
  return choice;
}

std::string print(const ScheduleChoice& choice) {
  if (choice.kind == ScheduleKind::random) return "random";
  if (choice.kind == ScheduleKind::fifo) return "fifo";
  std::string text = choice.kind == ScheduleKind::pct ? "pct:" : "delay:";
  text += std::to_string(choice.depth);
  if (choice.expected_decisions != ScheduleChoice::kDefaultDecisions) {
    text += ':' + std::to_string(choice.expected_decisions);
  }
  return text;
}

}  // namespace weir
