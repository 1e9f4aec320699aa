// AmbushPoints: where in an ensemble's protocol it is worth to lie in wait (sim/fault/fault.h).
//
// Between two steps that a reader of the algorithm takes for one something may happen that happens once in years:
// the power goes behind the vote and before it is on disk, or behind the entry and before anybody else has it.
// The points are events that servers trace (broker/coordination/consensus/trace_points.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct AmbushPoint {
  enum class Engine : uint8_t { both, raft, zab };
  std::string_view name;
  Engine engine = Engine::both;
  std::string_view at_stake;
};

std::span<const AmbushPoint> ambush_points();
// The names of those that an ensemble of that engine passes.
std::vector<std::string> ambush_points_of(bool zab);

}  // namespace weir
