// ScheduleChoice: how a run is scheduled, as data and as text.
//
//   text  = "random" | "fifo" | ("pct" | "delay") ":" number [":" decisions]
//
//   random          every ready fiber is as likely as any other
//   fifo            first in, first out; only times vary
//   pct:3           PCT of depth 3 (1 to 5) over the default number of decisions (100)
//   delay:5:20000   round robin with 5 delays (1 to 100) among 20,000 decisions
//
// print() gives the shortest text, and parse_schedule(print(c)) == c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/result.h"

namespace weir {

enum class ScheduleKind : uint8_t { random, fifo, pct, delay };

struct ScheduleChoice {
  // A power-loss run has between 6 and 133. Too few are better than too many:
  // beyond them a schedule goes on at random, while among too many no change point is met.
  static constexpr uint64_t kDefaultDecisions = 100;
  static constexpr uint32_t kMaxPctDepth = 5;
  static constexpr uint32_t kMaxDelays = 100;

  ScheduleKind kind = ScheduleKind::random;
  uint32_t depth = 0;  // pct: its depth; delay: the budget; otherwise 0
  // pct, delay: how often more than one fiber is expected to be ready.
  uint64_t expected_decisions = kDefaultDecisions;
  friend bool operator==(const ScheduleChoice&, const ScheduleChoice&) = default;
};

enum class ScheduleError : uint8_t {
  unknown_kind,    // not one of the four words
  missing_number,  // pct and delay need one
  extra_number,    // random and fifo take none, the others at most two
  not_a_number,
  out_of_range,
};

std::string_view name(ScheduleError error);

Result<ScheduleChoice, ScheduleError> parse_schedule(std::string_view text);
std::string print(const ScheduleChoice& choice);

}  // namespace weir
