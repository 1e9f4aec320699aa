// SimClock: one node's clock, a line over virtual time.
//
//   local = local_at_mark + (virtual - virtual_at_mark) * (1 + drift_ppb / 10^9)
//
// Monotonic time starts at the node's first boot and survives restarts of the process; the wall
// clock is the monotonic one plus an offset, which may be stepped. Integer arithmetic only.
#pragma once

#include <cstdint>

#include "sim/env/clock.h"
#include "sim/world/simulator.h"

namespace weir {

class SimClock final : public Clock {
 public:
  // 2024-01-01T00:00:00Z, where every world's calendar begins.
  static constexpr int64_t kEpochMs = 1'704'067'200'000;

  explicit SimClock(const Simulator& simulator) : simulator_(simulator) {}

  [[nodiscard]] TimePoint now() const override { return TimePoint{local_ns(simulator_.now_ns())}; }
  [[nodiscard]] WallTime wall_now() const override {
    return WallTime{kEpochMs + wall_offset_ms_ + now().ns() / 1'000'000};
  }

  // The first virtual time at which this clock reads `local` or later.
  [[nodiscard]] int64_t virtual_ns(TimePoint local) const {
    if (local.ns() <= local_at_mark_) return virtual_at_mark_;
    const auto ahead = static_cast<__int128>(local.ns() - local_at_mark_) * kBillion;
    const __int128 rate = kBillion + drift_ppb_;
    return virtual_at_mark_ + static_cast<int64_t>((ahead + rate - 1) / rate);
  }
  void set_drift_ppb(int64_t drift_ppb) {
    CHECK(drift_ppb > -kBillion && drift_ppb < kBillion);
    local_at_mark_ = now().ns();
    virtual_at_mark_ = simulator_.now_ns();
    drift_ppb_ = drift_ppb;
  }
  void step_wall_ms(int64_t by_ms) { wall_offset_ms_ += by_ms; }

 private:
  static constexpr int64_t kBillion = 1'000'000'000;
  [[nodiscard]] int64_t local_ns(int64_t virtual_ns) const {
    const int64_t passed = virtual_ns - virtual_at_mark_;
    if (drift_ppb_ == 0) return local_at_mark_ + passed;
    return local_at_mark_ +
           static_cast<int64_t>(static_cast<__int128>(passed) * (kBillion + drift_ppb_) / kBillion);
  }
  const Simulator& simulator_;
  int64_t local_at_mark_ = 0;
  int64_t virtual_at_mark_ = 0;
  int64_t drift_ppb_ = 0;
  int64_t wall_offset_ms_ = 0;
};

}  // namespace weir
