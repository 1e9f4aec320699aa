// DelayBoundingOracle: a deterministic round-robin schedule with a few fibers delayed.
//
// Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling", POPL 2011: many bugs need few departures
// from a deterministic schedule, and there are only about k^budget ways to place `budget` delays
// among k decisions, however many fibers there are. Here the places are drawn; ScheduleSearch
// enumerates.
//
// The deterministic schedule goes round a shard's fibers by id. One runs for as long as it is
// ready, also after a yield, then the next. A delay passes over the fiber that would run; its turn
// comes when the round has come back to it.
//
//   A, B and C are ready, A runs     A A|B B B C A A      | A is delayed, in the middle of what it
//                                                         does: all others go first
//
// Two delays at one decision pass over two fibers. Decisions beyond the k-th and everything else
// are asked of the inner oracle, so that a fiber that yields until another has run does not hang
// the run.
#pragma once

#include <vector>

#include "sim/world/choice.h"

namespace weir {

struct DelayOptions {
  uint32_t budget = 3;       // delays in a run
  uint64_t decisions = 100;  // k, at least 1: expected times that more than one fiber is ready
};

class DelayBoundingOracle final : public ChoiceOracle {
 public:
  DelayBoundingOracle(DelayOptions options, Stream stream, ChoiceOracle& others);

  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override {
    return others_.choose(site, stream, n);
  }
  uint64_t choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) override;
  [[nodiscard]] uint64_t decisions() const { return decisions_; }

 private:
  struct Round {
    uint32_t node = 0;
    uint32_t shard = 0;
    uint64_t fiber = 0;  // who ran last
  };
  Round& round_of(const FiberId& fiber);

  const uint64_t expected_;
  ChoiceOracle& others_;
  std::vector<uint64_t> places_;  // decisions, from 1
  std::vector<Round> rounds_;     // one a shard, in the order of their first decisions
  uint64_t decisions_ = 0;
};

}  // namespace weir
