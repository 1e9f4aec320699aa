// Tells ASan and TSan about fiber switches; empty in other builds.
//
// ASan keeps a fake stack per stack and must know the bounds of the one it moves to. TSan keeps a
// shadow state per fiber. Both are told on every switch, in both directions. What switches TSan is
// always inlined: a call that begins on one side and ends on the other would unbalance its records.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define WEIR_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WEIR_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEIR_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WEIR_TSAN 1
#endif
#endif

#ifdef WEIR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WEIR_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace weir::sanitizer {

// One side of a switch: a fiber, or the thread's own stack.
struct Side {
  const void* stack_bottom = nullptr;
  size_t stack_bytes = 0;
  void* fake_stack = nullptr;  // ASan's, kept while this side is suspended
  void* tsan_fiber = nullptr;
};

inline void create([[maybe_unused]] Side& side) {
#ifdef WEIR_TSAN
  side.tsan_fiber = __tsan_create_fiber(0);
#endif
}
inline void destroy([[maybe_unused]] Side& side) {
#ifdef WEIR_TSAN
  if (side.tsan_fiber != nullptr) __tsan_destroy_fiber(side.tsan_fiber);
  side.tsan_fiber = nullptr;
#endif
}
// A stack whose fiber has ended: its last frames never returned, and their red zones would be found
// by whoever has the memory next, also after it was unmapped.
inline void clean_stack([[maybe_unused]] const Side& side) {
#ifdef WEIR_ASAN
  ASAN_UNPOISON_MEMORY_REGION(side.stack_bottom, side.stack_bytes);
#endif
}
inline void adopt_thread([[maybe_unused]] Side& side) {
#ifdef WEIR_TSAN
  side.tsan_fiber = __tsan_get_current_fiber();
#endif
}
// Around the making of a context, whose entry function is entered once already: TSan's record of
// the calls under way must have it on the fiber's side, or the thread's record grows with each.
[[gnu::always_inline]] inline void begin_making([[maybe_unused]] const Side& fiber) {
#ifdef WEIR_TSAN
  __tsan_switch_to_fiber(fiber.tsan_fiber, 0);
#endif
}
[[gnu::always_inline]] inline void end_making([[maybe_unused]] const Side& loop) {
#ifdef WEIR_TSAN
  __tsan_switch_to_fiber(loop.tsan_fiber, 0);
#endif
}
// Before leaving `from` for `to`. `from_ends`: its stack is never entered again. For TSan it then
// stays on until `to` arrives: functions of its stack still return.
[[gnu::always_inline]] inline void leave([[maybe_unused]] Side& from,
                                         [[maybe_unused]] const Side& to,
                                         [[maybe_unused]] bool from_ends) {
#ifdef WEIR_ASAN
  __sanitizer_start_switch_fiber(from_ends ? nullptr : &from.fake_stack, to.stack_bottom,
                                 to.stack_bytes);
#endif
#ifdef WEIR_TSAN
  if (!from_ends) __tsan_switch_to_fiber(to.tsan_fiber, 0);
#endif
}
// First thing after arriving in `here`. `came_from` learns the bounds of the stack that was left.
[[gnu::always_inline]] inline void arrive([[maybe_unused]] Side& here,
                                          [[maybe_unused]] Side& came_from) {
#ifdef WEIR_ASAN
  __sanitizer_finish_switch_fiber(here.fake_stack, &came_from.stack_bottom,
                                  &came_from.stack_bytes);
#endif
#ifdef WEIR_TSAN
  if (__tsan_get_current_fiber() != here.tsan_fiber) __tsan_switch_to_fiber(here.tsan_fiber, 0);
#endif
}

}  // namespace weir::sanitizer
