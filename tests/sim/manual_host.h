// ManualHost: the smallest host of a RunLoop: one thread, time moved by hand.
#pragma once

#include <functional>
#include <vector>

#include "sim/fiber/run_loop.h"

namespace weir {

class ManualHost final : public LoopHost {
 public:
  RunLoop& fibers() { return fibers_; }
  StackPool& stacks() { return stacks_; }
  [[nodiscard]] TimePoint now() const { return now_; }

  void spawn(UniqueFunction<void()> body) {
    static constexpr Site kTest{"test.fiber"};
    fibers_.spawn(kTest, std::move(body));
  }
  // Runs what is ready, and what becomes ready by that.
  void run() {
    while (fibers_.run_one()) {
    }
  }
  // Moves from deadline to deadline up to `until`, running what they wake.
  void run_until(TimePoint until) {
    run();
    while (fibers_.next_deadline() <= until) {
      now_ = std::max(now_, fibers_.next_deadline());
      fibers_.fire_timers(now_);
      run();
    }
    now_ = until;
  }
  void pick_with(std::function<size_t(size_t)> pick) { pick_ = std::move(pick); }

 private:
  uint64_t next_fiber_id() override { return ++last_id_; }
  size_t pick_ready(size_t count) override { return pick_ ? pick_(count) : 0; }

  uint64_t last_id_ = 0;
  TimePoint now_;
  std::function<size_t(size_t)> pick_;
  StackPool stacks_;
  RunLoop fibers_{*this, stacks_};
};

inline TimePoint at_ms(int64_t ms) { return TimePoint{ms * 1'000'000}; }

}  // namespace weir
