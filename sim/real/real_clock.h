// RealClock: the machine's clocks. Stateless; each shard has its own.
//
// now() is CLOCK_MONOTONIC (not stepped by anybody, slewed by NTP, stands still while the machine
// is suspended); wall_now() is CLOCK_REALTIME.
#pragma once

#include <ctime>

#include "sim/env/clock.h"

namespace weir {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{read(CLOCK_MONOTONIC)}; }
  [[nodiscard]] WallTime wall_now() const override {
    return WallTime{read(CLOCK_REALTIME) / 1'000'000};
  }

 private:
  static int64_t read(clockid_t which) {
    timespec time{};
    clock_gettime(which, &time);
    return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  }
};

}  // namespace weir
