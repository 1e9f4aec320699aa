// Leak: the jitter before a retry comes from the kernel.
#include <random>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {
constexpr Site kRetry{"leaks.random_device.retry"};
}

void jitter_from_random_device(Env& env) {
  std::random_device device;
  env.trace.event(kRetry, 50 + device() % 100);
}

}  // namespace weir
