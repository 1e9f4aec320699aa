// Scale: values to places along an axis, and ticks where people expect them.
//
// Places are thousandths of a percent of the axis, so that a chart keeps its letters' size while it
// is stretched: 12'345 is written "12.345%".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::reports {

class Scale {
 public:
  static constexpr int64_t kFull = 100'000;

  // from < to, or to becomes from + 1.
  Scale(int64_t from, int64_t to);
  [[nodiscard]] int64_t from() const { return from_; }
  [[nodiscard]] int64_t to() const { return to_; }
  // Of a value outside: a place outside, but near.
  [[nodiscard]] int64_t place(int64_t value) const;
  // The same as text for an attribute: "12.345%".
  [[nodiscard]] std::string percent(int64_t value) const;
  // A length: "2.5%".
  [[nodiscard]] std::string percent_between(int64_t low, int64_t high) const;
  // Multiples of 1, 2 or 5 times a power of ten, about `wanted` of them, inside the scale.
  [[nodiscard]] std::vector<int64_t> ticks(int64_t wanted) const;

 private:
  int64_t from_;
  int64_t to_;
};

std::string percent_text(int64_t place);
// The distance between the ticks.
int64_t tick_step(int64_t length, int64_t wanted);

}  // namespace weir::reports
