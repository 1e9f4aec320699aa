// CHECK: a bug in Weir itself stops the process, in every build.
//
// Use it for what no input can cause: a broken invariant, a wrong call. Bad input (a malformed
// frame, a full disk) is never a CHECK but an error value. The failure names the expression, the
// place and, with CHECK_MSG, a sentence; then the process aborts, which the sweep of `weir-sim`
// records as a finding of that seed.
#pragma once

#include <string_view>

namespace weir {

[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               std::string_view message) noexcept;

}  // namespace weir

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) [[unlikely]]                                             \
      ::weir::check_failed(#condition, __FILE__, __LINE__, {});                \
  } while (false)

// `message` is evaluated only when the check fails.
#define CHECK_MSG(condition, message)                                          \
  do {                                                                         \
    if (!(condition)) [[unlikely]]                                             \
      ::weir::check_failed(#condition, __FILE__, __LINE__, (message));         \
  } while (false)
