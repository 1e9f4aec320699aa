// Random: the choices that product code makes (jitter, ids, which broker to ask first).
//
// In the simulated world every draw goes through the one choice oracle; in the real world it is a
// generator seeded by the kernel. `site` names the purpose and is a constant.
#pragma once

#include <cstdint>

#include "sim/base/site.h"

namespace weir {

class Random {
 public:
  virtual ~Random() = default;
  // Uniform in [0, n); n > 0.
  virtual uint64_t choose(const Site& site, uint64_t n) = 0;
};

}  // namespace weir
