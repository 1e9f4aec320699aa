// await_all: runs body(0) .. body(count - 1) side by side and waits for all of them.
//
// One fiber each, the first in the caller's own. There is no limit and no cancel: the bodies may
// refer to the caller's frame. await_each runs at most so many at once, each taking the next number,
// and begins no more once one has failed: for work that is many waits for a disk.
#pragma once

#include <algorithm>
#include <cstddef>

#include "sim/base/result.h"
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

// The first error that a body(i) gave.
template <class Body>
auto await_each(Scheduler& scheduler, size_t count, size_t at_once, Body body) {
  decltype(body(size_t{0})) outcome = Done{};
  size_t next = 0;
  await_all(scheduler, std::min(count, at_once), [&](size_t) {
    while (next < count && outcome) {
      auto done = body(next++);
      if (!done && outcome) outcome = std::move(done);
    }
  });
  return outcome;
}

}  // namespace weir
