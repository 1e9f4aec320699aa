// Trace: what product code tells of itself, for oracles and for people.
//
// An event is a constant site and up to four numbers. In the simulated world it enters the rolling
// hash and the flight record, and oracles read it; in the real world it costs a virtual call. It is
// not a log: no text, nothing that a user reads in production. A number must be a value of the
// domain (an offset, a size, a digest of fields), never an address or a capacity.
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/base/site.h"

namespace weir {

class Trace {
 public:
  virtual ~Trace() = default;
  virtual void event(const Site& site, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0,
                     uint64_t d = 0) = 0;
  // Of bytes that an event speaks of; 0 where nobody looks at it, for bytes can be many.
  [[nodiscard]] virtual uint64_t digest_of(ConstBytes bytes) const = 0;
};

}  // namespace weir
