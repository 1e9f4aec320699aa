// Counter-based random streams, keyed by (seed, component, node, purpose).
//
// A draw is a pure function of the stream's key and of how many draws THIS stream has made. A new
// draw in one component therefore shifts nothing in another, which keeps seeds meaningful while the
// code changes. (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11.)
#pragma once

#include <cstdint>

#include "sim/base/hash.h"
#include "sim/base/site.h"

namespace weir {

class Stream {
 public:
  constexpr Stream() = default;
  constexpr explicit Stream(uint64_t key) : key_(key) {}
  constexpr Stream(uint64_t seed, const Site& component, uint64_t node, const Site& purpose)
      : key_(fold64(fold64(fold64(mix64(seed), component.id), node), purpose.id)) {}

  constexpr uint64_t next() { return mix64(key_ + 0x9e3779b97f4a7c15ULL * ++counter_); }

  // Uniform in [0, n). Multiply-shift: the bias is below n / 2^64. n must not be 0.
  constexpr uint64_t below(uint64_t n) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
  }

 private:
  uint64_t key_ = 0;
  uint64_t counter_ = 0;
};

}  // namespace weir
