// Scheduler: fibers, and the one way to wait.
//
// A fiber runs until it waits; nothing preempts it. Everything in sim/fiber (event, mutex, channel,
// ...) is built on `await_park` and `unpark`, so there is exactly one place where control is given
// up. A function that may suspend is named await_... or documented so.
//
// Rules, each checked:
//  - unpark is called from the same shard; other shards go through Shards.
//  - A fiber does not suspend inside a NoSuspend scope, in a destructor while it unwinds, nor once it
//    is being killed.
//  - Killing a node resumes its fibers, youngest first, and await_park throws Killed. Nothing
//    derives from Killed and nothing but the fiber's own entry catches it; `catch (...)` is banned.
#pragma once

#include <cstdint>

#include "sim/base/site.h"
#include "sim/base/time.h"
#include "sim/base/unique_function.h"

namespace weir {

class Fiber;  // opaque here; see sim/fiber/fiber.h

// Thrown out of await_park when the node dies. Never caught by product code.
struct Killed {};

enum class Wake : uint8_t { notified, timed_out };

// What a charge stands for. The simulated world turns (work, amount) into virtual CPU time; the real
// world, where work takes its own time, ignores it.
enum class Work : uint8_t { copy_bytes, checksum_bytes, compress_bytes, records };

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Starts `body` as a fiber of this shard. It does not run before the caller suspends.
  virtual void spawn(const Site& name, UniqueFunction<void()> body) = 0;

  // The running fiber. CHECKs that there is one.
  virtual Fiber& current() = 0;

  // Suspends the current fiber until unpark or until `deadline`, whichever comes first.
  virtual Wake await_park(TimePoint deadline) = 0;

  // Makes a parked fiber ready. Harmless when it is ready already (then Wake::notified wins over
  // timed_out). Not to be called for a fiber that has ended: primitives forget a waiter before that.
  virtual void unpark(Fiber& fiber) = 0;

  // Lets other ready fibers run first.
  virtual void await_yield() = 0;

  // CPU work done by the current step, beside the fixed cost of every step.
  virtual void charge(Work work, uint64_t amount) = 0;

  // NoSuspend bookkeeping: see sim/fiber/no_suspend.h.
  virtual void enter_no_suspend() = 0;
  virtual void leave_no_suspend() = 0;
};

}  // namespace weir
