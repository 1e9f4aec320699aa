// Clock: what time a node believes it is.
//
// `now()` is monotonic and the only time for deadlines; `wall_now()` is the calendar (record
// timestamps) and may step. Each node has its own; two nodes' clocks need not agree.
#pragma once

#include "sim/base/time.h"

namespace weir {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
};

}  // namespace weir
