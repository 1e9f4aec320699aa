// SimClock: one node's two clocks, each a line over virtual time.
//
//   local = local_at_mark + (virtual - virtual_at_mark) * (1 + drift_ppb / 10^9)
//
// Monotonic time starts at the node's first boot and survives restarts of the process. The wall
// clock is a line of its own, so that the two may drift apart; it may also be stepped. A drift of
// -10^9 is a clock that stands still. Integer arithmetic only.
#pragma once

#include <cstdint>

#include "sim/env/clock.h"
#include "sim/world/simulator.h"

namespace weir {

class ClockLine {
 public:
  static constexpr int64_t kBillion = 1'000'000'000;
  static constexpr int64_t kNever = INT64_MAX;

  [[nodiscard]] int64_t local_ns(int64_t virtual_ns) const {
    const int64_t passed = virtual_ns - virtual_at_mark_;
    if (drift_ppb_ == 0) return local_at_mark_ + passed;
    return local_at_mark_ +
           static_cast<int64_t>(static_cast<__int128>(passed) * (kBillion + drift_ppb_) / kBillion);
  }
  // The first virtual time at which this line reads `local_ns` or later.
  [[nodiscard]] int64_t virtual_ns(int64_t local_ns) const {
    if (local_ns <= local_at_mark_) return virtual_at_mark_;
    const auto ahead = static_cast<__int128>(local_ns - local_at_mark_) * kBillion;
    const __int128 rate = kBillion + drift_ppb_;
    if (rate == 0) return kNever;
    const __int128 at = virtual_at_mark_ + (ahead + rate - 1) / rate;
    return at > kNever ? kNever : static_cast<int64_t>(at);
  }
  void set_drift_ppb(int64_t drift_ppb, int64_t virtual_now_ns) {
    CHECK(drift_ppb >= -kBillion && drift_ppb <= kBillion);
    local_at_mark_ = local_ns(virtual_now_ns);
    virtual_at_mark_ = virtual_now_ns;
    drift_ppb_ = drift_ppb;
  }
  void step_ns(int64_t by_ns) { local_at_mark_ += by_ns; }

 private:
  int64_t local_at_mark_ = 0;
  int64_t virtual_at_mark_ = 0;
  int64_t drift_ppb_ = 0;
};

class SimClock final : public Clock {
 public:
  // 2024-01-01T00:00:00Z, where every world's calendar begins.
  static constexpr int64_t kEpochMs = 1'704'067'200'000;

  explicit SimClock(const Simulator& simulator) : simulator_(simulator) {}

  [[nodiscard]] TimePoint now() const override {
    return TimePoint{monotonic_.local_ns(simulator_.now_ns())};
  }
  [[nodiscard]] WallTime wall_now() const override {
    return WallTime{kEpochMs + wall_.local_ns(simulator_.now_ns()) / 1'000'000};
  }

  // The first virtual time at which this clock reads `local` or later; kNever while it stands still.
  [[nodiscard]] int64_t virtual_ns(TimePoint local) const {
    return monotonic_.virtual_ns(local.ns());
  }
  // SimNode::clock_changed() must be told after these.
  void set_drift_ppb(int64_t drift_ppb) {
    monotonic_.set_drift_ppb(drift_ppb, simulator_.now_ns());
    wall_.set_drift_ppb(drift_ppb, simulator_.now_ns());
  }
  void set_wall_drift_ppb(int64_t drift_ppb) {
    wall_.set_drift_ppb(drift_ppb, simulator_.now_ns());
  }
  void step_wall_ms(int64_t by_ms) { wall_.step_ns(by_ms * 1'000'000); }

 private:
  const Simulator& simulator_;
  ClockLine monotonic_;
  ClockLine wall_;
};

}  // namespace weir
