#include "sim/world/link_faults.h"

#include <algorithm>
#include <bit>

namespace weir {
namespace {

constexpr Site kLatency{"net.latency"};
constexpr Site kTail{"net.latency.tail"};
constexpr uint64_t kUnit = uint64_t{1} << 20;

// -ln(u / 2^20) in millionths for u in [1, 2^20]; the logarithm between two powers of two is taken
// as a line (at most 6 % of one unit off).
int64_t minus_ln_millionths(uint64_t u) {
  const int exponent = std::bit_width(u) - 1;
  const uint64_t fraction = (u << 20 >> exponent) - kUnit;  // [0, 2^20)
  const int64_t log2_millionths =
      (20 - exponent) * 1'000'000LL - static_cast<int64_t>(fraction * 1'000'000 / kUnit);
  return log2_millionths * 693'147 / 1'000'000;
}

}  // namespace

int64_t draw_latency(const LinkLaw& law, Simulator& simulator, Stream& stream) {
  switch (law.kind) {
    case LinkLaw::Kind::fixed: return law.min_ns;
    case LinkLaw::Kind::uniform:
      return simulator.choose_between(kLatency, stream, law.min_ns, law.max_ns);
    case LinkLaw::Kind::exponential: {
      const uint64_t u = simulator.choose(kLatency, stream, kUnit) + 1;
      const int64_t mean = law.max_ns - law.min_ns;
      return law.min_ns +
             static_cast<int64_t>(static_cast<__int128>(mean) * minus_ln_millionths(u) / 1'000'000);
    }
    case LinkLaw::Kind::heavy_tail: {
      const uint64_t u = simulator.choose(kLatency, stream, kUnit) + 1;
      const int doublings = std::max(0, 20 - static_cast<int>(std::bit_width(u)));
      const int64_t low = law.min_ns << doublings;
      if (low >= law.tail_max_ns) return law.tail_max_ns;
      return std::min(law.tail_max_ns,
                      simulator.choose_between(kTail, stream, low, low * 2));
    }
    case LinkLaw::Kind::bimodal: break;
  }
  if (simulator.chance(kTail, stream, law.tail_per_million)) {
    return simulator.choose_between(kLatency, stream, law.max_ns, law.tail_max_ns);
  }
  return simulator.choose_between(kLatency, stream, law.min_ns, law.max_ns);
}

}  // namespace weir
