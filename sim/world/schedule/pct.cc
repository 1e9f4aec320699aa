#include "sim/world/schedule/pct.h"

#include "sim/base/hash.h"

namespace weir {
namespace {

// Set in the priority of every fiber that never dropped: above all that did.
constexpr uint64_t kNeverDropped = 1ULL << 63;

}  // namespace

PctOracle::PctOracle(PctOptions options, Stream stream, ChoiceOracle& others)
    : expected_(options.decisions), others_(others), key_(stream.next()) {
  CHECK(options.depth >= 1 && options.decisions >= 1);
  for (uint32_t i = 1; i < options.depth; ++i) {
    change_points_.push_back(1 + stream.below(expected_));
  }
}

uint64_t PctOracle::choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) {
  if (++decisions_ > expected_) return others_.choose_fiber(site, stream, ready);
  for (size_t i = 0; i < change_points_.size(); ++i) {
    if (change_points_[i] == decisions_) drop(ready[highest(ready)], i + 1);
  }
  return highest(ready);
}

uint64_t PctOracle::priority_of(const FiberId& fiber) const {
  for (const Dropped& dropped : dropped_) {
    if (dropped.fiber == fiber) return dropped.priority;
  }
  // Neighbouring ids must not give neighbouring priorities, so no fold64, whose last step is
  // linear.
  return kNeverDropped | mix64(mix64(key_ ^ fiber.node) ^ fiber.fiber);
}

// Of equal priorities (never seen, never impossible) the one that has been ready longer.
size_t PctOracle::highest(std::span<const FiberId> ready) const {
  size_t best = 0;
  uint64_t best_priority = priority_of(ready[0]);
  for (size_t i = 1; i < ready.size(); ++i) {
    const uint64_t priority = priority_of(ready[i]);
    if (priority <= best_priority) continue;
    best = i;
    best_priority = priority;
  }
  return best;
}

void PctOracle::drop(const FiberId& fiber, uint64_t priority) {
  for (Dropped& dropped : dropped_) {
    if (dropped.fiber != fiber) continue;
    dropped.priority = priority;
    return;
  }
  dropped_.push_back({fiber, priority});
}

}  // namespace weir
