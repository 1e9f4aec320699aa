#include "reports/scale.h"

#include <fmt/core.h>

#include <algorithm>

namespace weir::reports {

Scale::Scale(int64_t from, int64_t to) : from_(from), to_(std::max(to, from + 1)) {}

int64_t Scale::place(int64_t value) const {
  const int64_t length = to_ - from_;
  const int64_t near = std::clamp(value, from_ - length, to_ + length);
  return static_cast<int64_t>(static_cast<__int128>(near - from_) * kFull / length);
}

std::string Scale::percent(int64_t value) const { return percent_text(place(value)); }

std::string Scale::percent_between(int64_t low, int64_t high) const {
  return percent_text(std::max<int64_t>(place(high) - place(low), 0));
}

std::vector<int64_t> Scale::ticks(int64_t wanted) const {
  const int64_t step = tick_step(to_ - from_, wanted);
  int64_t first = from_ / step * step;
  if (first < from_) first += step;
  std::vector<int64_t> ticks;
  for (int64_t tick = first; tick <= to_; tick += step) ticks.push_back(tick);
  return ticks;
}

std::string percent_text(int64_t place) {
  const char* const sign = place < 0 ? "-" : "";
  const int64_t size = place < 0 ? -place : place;
  return fmt::format("{}{}.{:03}%", sign, size / 1'000, size % 1'000);
}

int64_t tick_step(int64_t length, int64_t wanted) {
  int64_t power = 1;
  while (power <= length / 10) power *= 10;
  // power <= length < 10 * power; refine below it.
  for (int64_t unit = std::max<int64_t>(power / 100, 1);; unit *= 10) {
    for (const int64_t step : {unit, 2 * unit, 5 * unit}) {
      if (length / step <= wanted) return step;
    }
  }
}

}  // namespace weir::reports
