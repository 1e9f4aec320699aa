#include "sim/world/schedule/delay_bounding.h"

namespace weir {
namespace {

// The ready fiber of the least id from `from` on; when there is none, of the least id.
size_t next_in_round(std::span<const FiberId> ready, uint64_t from) {
  size_t best = 0;
  for (size_t i = 1; i < ready.size(); ++i) {
    const bool passed = ready[i].fiber < from;
    const bool best_passed = ready[best].fiber < from;
    if (passed != best_passed ? best_passed : ready[i].fiber < ready[best].fiber) best = i;
  }
  return best;
}

}  // namespace

DelayBoundingOracle::DelayBoundingOracle(DelayOptions options, Stream stream, ChoiceOracle& others)
    : expected_(options.decisions), others_(others) {
  CHECK(options.decisions >= 1);
  for (uint32_t i = 0; i < options.budget; ++i) places_.push_back(1 + stream.below(expected_));
}

uint64_t DelayBoundingOracle::choose_fiber(const Site& site, Stream& stream,
                                           std::span<const FiberId> ready) {
  if (++decisions_ > expected_) return others_.choose_fiber(site, stream, ready);
  Round& round = round_of(ready[0]);
  size_t index = next_in_round(ready, round.fiber);
  for (const uint64_t place : places_) {
    if (place == decisions_) index = next_in_round(ready, ready[index].fiber + 1);
  }
  round.fiber = ready[index].fiber;
  return index;
}

DelayBoundingOracle::Round& DelayBoundingOracle::round_of(const FiberId& fiber) {
  for (Round& round : rounds_) {
    if (round.node == fiber.node && round.shard == fiber.shard) return round;
  }
  return rounds_.emplace_back(Round{fiber.node, fiber.shard, 0});
}

}  // namespace weir
