// Histogram: how often durations fell between fixed bounds.
//
//   counts()[i]   kHistogramBoundsNs[i-1] < duration <= kHistogramBoundsNs[i]; the last: above all bounds
//
// To count is a search among 16 bounds and two adds. Sums over shards by `merge`.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/base/time.h"

namespace weir {

// As plain numbers, which stand in read-only memory; gcc gives durations a place that can be written.
inline constexpr std::array<int64_t, 16> kHistogramBoundsNs{
    100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
    10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 30'000'000'000};

class Histogram {
 public:
  void add(Duration duration) {
    const auto bound = std::ranges::lower_bound(kHistogramBoundsNs, duration.ns());
    ++counts_[static_cast<size_t>(bound - kHistogramBoundsNs.begin())];
    sum_ += duration;
  }
  void merge(const Histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
  }
  using Counts = std::array<uint64_t, kHistogramBoundsNs.size() + 1>;
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
