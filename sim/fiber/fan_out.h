// await_all: runs body(0) .. body(count - 1) side by side and waits for all of them.
//
// One fiber each, the first in the caller's own. There is no limit and no cancel: the bodies may
// refer to the caller's frame.
#pragma once

#include <cstddef>

#include "sim/fiber/event.h"

namespace weir {

inline constexpr Site kFanOut{"fiber.fan_out"};

template <class Body>
void await_all(Scheduler& scheduler, size_t count, Body body) {
  if (count == 0) return;
  size_t left = count - 1;
  Event finished(scheduler);
  for (size_t i = 1; i < count; ++i) {
    scheduler.spawn(kFanOut, [&body, &left, &finished, i] {
      body(i);
      if (--left == 0) finished.set();
    });
  }
  body(size_t{0});
  if (left > 0) finished.await();
}

}  // namespace weir
