// Leak: a session expires by the machine's clock instead of the node's.
#include <chrono>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {
constexpr Site kExpired{"leaks.real_clock.expired"};
}

void expire_by_the_real_clock(Env& env) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  env.trace.event(kExpired, static_cast<uint64_t>(now.count()) / 1'000 % 30'000);
}

}  // namespace weir
