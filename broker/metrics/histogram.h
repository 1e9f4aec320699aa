// Histogram: how often durations fell between fixed bounds.
//
//   counts()[i]   kBounds[i-1] < duration <= kBounds[i]; the last: above all bounds
//
// To count is a search among 16 bounds and two adds. Sums over shards by `merge`.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/base/time.h"

namespace weir {

class Histogram {
 public:
  static constexpr std::array kBounds{
      microseconds(100), microseconds(250), microseconds(500),  milliseconds(1),
      microseconds(2500), milliseconds(5),  milliseconds(10),   milliseconds(25),
      milliseconds(50),  milliseconds(100), milliseconds(250),  milliseconds(500),
      seconds(1),        milliseconds(2500), seconds(5),        seconds(30)};

  void add(Duration duration) {
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), duration);
    ++counts_[static_cast<size_t>(bound - kBounds.begin())];
    sum_ += duration;
  }
  void merge(const Histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
  }
  using Counts = std::array<uint64_t, kBounds.size() + 1>;
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] Duration sum() const { return sum_; }
  [[nodiscard]] uint64_t count() const {
    uint64_t all = 0;
    for (const uint64_t count : counts_) all += count;
    return all;
  }

 private:
  Counts counts_{};
  Duration sum_;
};

}  // namespace weir
