// Durations and points in time.
//
//   Duration   a signed span, in nanoseconds
//   TimePoint  monotonic time of ONE node: comparable only with that node's own readings; it never
//              steps back and says nothing about the calendar
//   WallTime   milliseconds since 1970 as the node believes them (Kafka's record timestamps); may
//              step in either direction
//
// `TimePoint::never()` is later than every reading: a deadline that does not fire.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "sim/base/strong.h"

namespace weir {

class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(int64_t nanoseconds) : ns_(nanoseconds) {}
  [[nodiscard]] constexpr int64_t ns() const { return ns_; }
  [[nodiscard]] constexpr int64_t us() const { return ns_ / 1'000; }
  [[nodiscard]] constexpr int64_t ms() const { return ns_ / 1'000'000; }
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration{a.ns_ + b.ns_}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration{a.ns_ - b.ns_}; }
  friend constexpr Duration operator*(Duration a, int64_t k) { return Duration{a.ns_ * k}; }
  friend constexpr Duration operator/(Duration a, int64_t k) { return Duration{a.ns_ / k}; }
  constexpr Duration& operator+=(Duration other) { return *this = *this + other; }

 private:
  int64_t ns_ = 0;
};

constexpr Duration nanoseconds(int64_t n) { return Duration{n}; }
constexpr Duration microseconds(int64_t n) { return Duration{n * 1'000}; }
constexpr Duration milliseconds(int64_t n) { return Duration{n * 1'000'000}; }
constexpr Duration seconds(int64_t n) { return Duration{n * 1'000'000'000}; }

class TimePoint {
 public:
  constexpr TimePoint() = default;
  constexpr explicit TimePoint(int64_t nanoseconds) : ns_(nanoseconds) {}
  static constexpr TimePoint never() { return TimePoint{std::numeric_limits<int64_t>::max()}; }
  [[nodiscard]] constexpr int64_t ns() const { return ns_; }
  friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
  // Saturates: a deadline far away stays a deadline far away.
  friend constexpr TimePoint operator+(TimePoint t, Duration d) {
    int64_t sum = 0;
    if (__builtin_add_overflow(t.ns_, d.ns(), &sum)) return d.ns() > 0 ? never() : TimePoint{0};
    return TimePoint{sum};
  }
  friend constexpr Duration operator-(TimePoint a, TimePoint b) { return Duration{a.ns_ - b.ns_}; }

 private:
  int64_t ns_ = 0;
};

// Milliseconds since 1970-01-01, as the wire and the log carry them.
using WallTime = Strong<int64_t, struct WallTimeTag>;

}  // namespace weir
