// Fiber: one stack that runs until it waits. State of RunLoop; nobody else looks inside.
//
//   spawned ──first turn──> running <──turn── ready <──unpark, deadline── parked
//                              └──await_park──────────────────────────────^
//
// A fiber has no stack before its first turn and gives it back when its body returns. The exception
// globals (what is being thrown and caught right now) belong to a fiber, not to the thread: they are
// exchanged at each switch, or a `throw;` after a suspension would rethrow another fiber's exception.
#pragma once

#include <boost/context/fiber.hpp>
#include <cstdint>

#include "sim/base/intrusive_list.h"
#include "sim/base/site.h"
#include "sim/base/time.h"
#include "sim/base/unique_function.h"
#include "sim/env/scheduler.h"
#include "sim/fiber/sanitizer.h"

namespace weir {

// What __cxa_get_globals points to (Itanium C++ ABI 2.2.2).
struct ExceptionGlobals {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

struct AllFibersTag {};

class Fiber : public ListHook<AllFibersTag> {
 public:
  static constexpr size_t kNoTimer = SIZE_MAX;
  enum class State : uint8_t { ready, running, parked, ended };

  Fiber(uint64_t id_in, const Site& name_in, UniqueFunction<void()> body_in)
      : id(id_in), name(&name_in), body(std::move(body_in)) {}

  const uint64_t id;  // ascending in the order of spawning within a node
  const Site* const name;

  UniqueFunction<void()> body;
  boost::context::fiber context;  // where it is suspended; empty before the first turn
  bool started = false;
  State state = State::ready;
  Wake wake = Wake::notified;
  TimePoint deadline = TimePoint::never();
  size_t timer_index = kNoTimer;  // position in the loop's timer heap
  bool dying = false;
  int no_suspend_depth = 0;
  ExceptionGlobals exception_globals;
  sanitizer::Side side;
};

}  // namespace weir
