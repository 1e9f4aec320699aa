// What can be wrong with one direction between two machines: knobs that sim/fault turns and the
// simulated TCP obeys. Nothing here loses, doubles or reorders bytes inside a connection.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/world/fault_point.h"

namespace weir {

// How long a segment travels. All times in nanoseconds of virtual time; chances per million.
//
//   fixed        min
//   uniform      [min, max]
//   exponential  min + Exp(mean max - min), by an integer approximation of the logarithm
//   bimodal      uniform, and now and then a slow one in [max, tail_max]
//   heavy_tail   [min, 2 min), [2 min, 4 min), ... with chances 1/2, 1/4, ...: Pareto with exponent
//                1, cut at tail_max
struct LinkLaw {
  enum class Kind : uint8_t { bimodal, fixed, uniform, exponential, heavy_tail };
  Kind kind = Kind::bimodal;
  int64_t min_ns = 50'000;
  int64_t max_ns = 400'000;
  uint32_t tail_per_million = 2'000;
  int64_t tail_max_ns = 20'000'000;
};
int64_t draw_latency(const LinkLaw& law, Simulator& simulator, Stream& stream);

struct LinkFaults {
  bool cut = false;      // held until healed, then on their way anew; SYNs are lost and repeated
  bool stalled = false;  // held until released, then all at once, in order; SYNs too
  std::optional<LinkLaw> law;     // instead of the network's
  uint64_t bytes_per_second = 0;  // 0: no limit
  int64_t busy_until_ns = 0;      // the wire is taken by earlier segments until then
  uint16_t api_key = 0;           // of the two filters
  int64_t api_stall_ns = 0;

  FaultPoint held;           // segments that met a cut
  FaultPoint clogged;        // segments that met a stall
  FaultPoint slowed;         // segments under another law
  FaultPoint throttled;      // segments that waited for the wire
  FaultPoint reset_segment;  // a data segment: the connection is reset instead
  FaultPoint corrupt;        // a data segment: one bit arrives changed (the checksum did not see it)
  FaultPoint lost_farewell;  // a FIN or RST of a closing end: the peer is left half-open
  FaultPoint refused;        // a SYN: answered with a reset
  FaultPoint hung;           // a SYN: never answered, nor are its repeats
  FaultPoint api_stall;      // a request of that API: it and what follows wait for api_stall_ns
  FaultPoint api_reset;      // a request of that API: the connection is reset
};

}  // namespace weir
