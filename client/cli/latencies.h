// Latencies: how long things took, in a fixed amount of memory however many they were.
//
// A time goes into a bucket of its magnitude: 32 for each power of two, so a percentile is at most
// 1/32 above the truth, and the maximum and the mean are exact. Below 64 us each microsecond has a
// bucket. Example: 1000 us = 0b1111101000 lies in 2^9..2^10, in steps of 16: 992..1007, told as
// 1007.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "sim/base/time.h"

namespace weir {

class Latencies {
 public:
  void add(Duration took) {
    const auto us = static_cast<uint64_t>(std::max<int64_t>(took.us(), 0));
    ++buckets_[bucket_of(us)];
    ++count_;
    sum_us_ += us;
    max_us_ = std::max(max_us_, us);
  }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] double max_ms() const { return static_cast<double>(max_us_) / 1000; }
  [[nodiscard]] double mean_ms() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_us_) / static_cast<double>(count_) / 1000;
  }
  // The time that `per_mille` of a thousand did not exceed; 0 of none.
  [[nodiscard]] double percentile_ms(uint64_t per_mille) const {
    const uint64_t rank = std::max<uint64_t>((count_ * per_mille + 999) / 1000, 1);
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      seen += buckets_[bucket];
      if (seen >= rank) return static_cast<double>(std::min(last_of(bucket), max_us_)) / 1000;
    }
    return 0;
  }

 private:
  static constexpr int kStepBits = 5;  // 32 steps for each power of two
  static size_t bucket_of(uint64_t us) {
    const int shift = std::max(static_cast<int>(std::bit_width(us)) - 1 - kStepBits, 0);
    return (static_cast<size_t>(shift) << kStepBits) + static_cast<size_t>(us >> shift);
  }
  // The greatest time in the bucket.
  static uint64_t last_of(size_t bucket) {
    if (bucket < (size_t{2} << kStepBits)) return bucket;
    const size_t shift = (bucket >> kStepBits) - 1;
    return ((bucket - (shift << kStepBits) + 1) << shift) - 1;
  }

  std::array<uint64_t, size_t{64} << kStepBits> buckets_{};
  uint64_t count_ = 0;
  uint64_t sum_us_ = 0;
  uint64_t max_us_ = 0;
};

}  // namespace weir
