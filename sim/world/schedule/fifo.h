// FifoOracle: first in, first out with jitter. The baseline that every other schedule has to beat.
//
// The fiber that has been ready longest always runs. All that still varies is what the inner oracle
// answers: how long turns, messages, disks and links take, and so when a fiber becomes ready. This
// is what a real run loop does, and why some of its races take years to show.
#pragma once

#include "sim/world/choice.h"

namespace weir {

class FifoOracle final : public ChoiceOracle {
 public:
  explicit FifoOracle(ChoiceOracle& others) : others_(others) {}

  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override {
    return others_.choose(site, stream, n);
  }
  uint64_t choose_fiber(const Site& /*site*/, Stream& /*stream*/,
                        std::span<const FiberId> /*ready*/) override {
    ++decisions_;
    return 0;
  }
  // How often more than one fiber was ready: the k that PCT and delay bounding ask for.
  [[nodiscard]] uint64_t decisions() const { return decisions_; }

 private:
  ChoiceOracle& others_;
  uint64_t decisions_ = 0;
};

}  // namespace weir
