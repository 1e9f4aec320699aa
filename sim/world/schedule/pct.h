// PctOracle: probabilistic concurrency testing, a random schedule with a guarantee.
//
// Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic
// guarantees of finding bugs", ASPLOS 2010. Each fiber has a random priority; of the ready ones the
// highest runs. At d - 1 random decisions, the change points, the fiber that would have run drops
// below all that never dropped: point i gives it the priority i, 1 <= i < d.
//
// A bug has depth d when d ordering constraints between steps suffice for it to happen. In a
// program of n fibers that makes k decisions, one run finds a bug of depth d with a probability of
// at least
//
//   1 / (n k^(d-1))
//
// because it is enough that the fiber that must come last has the lowest first priority (1 in n)
// and that each change point falls on the one decision where it is needed (1 in k each).
//
// Worked example, a lost update (depth 2), fibers A and B of one step before and one after a wait:
//
//   A: a1 read x;  wait;  a2 write x+1           lost when a1 < b2 and b1 < a2: a1 b1 b2 a2, ...
//   B: b1 read x;  wait;  b2 write x+1
//
//   n = 2, and k = 3: there are four turns, and at the last of them nothing is left to decide.
//   A gets the higher priority with 1/2. The change point falls on the second decision with 1/3;
//   there A, about to do a2, drops below B, and b1 b2 a2 follow: found with 1/6 = 1 / (2 * 3^1).
//   B first adds as much. With 8 fibers and 20 decisions the bound is 1/160. A coin toss at every
//   decision has no such bound: it must hold one fiber back for as long as another takes steps.
//
// What is counted are decisions, not turns: a drop shows only where more than one fiber is ready,
// and fewer points to choose from is a better bound. k need only be about right. When it is too
// small, decisions beyond the k-th are left to the inner oracle, which also keeps PCT from starving
// a fiber for ever: an unfair schedule would look like a hang to who checks for progress. When it
// is too large, change points are wasted.
//
// First priorities are a function of (key, node, fiber id), so nothing is kept for fibers that
// never dropped; the next life of a process has those of the last. Everything else (latencies,
// faults, ...) is asked of the inner oracle. PCT orders the fibers of one shard; what happens first
// on two shards is decided by times, that is, by the inner oracle.
#pragma once

#include <vector>

#include "sim/world/choice.h"

namespace weir {

struct PctOptions {
  uint32_t depth = 3;        // d, at least 1
  uint64_t decisions = 100;  // k, at least 1: expected times that more than one fiber is ready
};

class PctOracle final : public ChoiceOracle {
 public:
  PctOracle(PctOptions options, Stream stream, ChoiceOracle& others);

  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override {
    return others_.choose(site, stream, n);
  }
  uint64_t choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) override;
  [[nodiscard]] uint64_t decisions() const { return decisions_; }

 private:
  struct Dropped {
    FiberId fiber;
    uint64_t priority = 0;
  };
  [[nodiscard]] uint64_t priority_of(const FiberId& fiber) const;
  [[nodiscard]] size_t highest(std::span<const FiberId> ready) const;
  void drop(const FiberId& fiber, uint64_t priority);

  const uint64_t expected_;
  ChoiceOracle& others_;
  uint64_t key_ = 0;
  std::vector<uint64_t> change_points_;  // [i]: the decision, from 1, that gives the priority i + 1
  std::vector<Dropped> dropped_;         // at most one entry a fiber, at most d - 1
  uint64_t decisions_ = 0;
};

}  // namespace weir
