// Leak: session ids come from a static counter, which outlives the run.
#include "tests/leaks/leaks.h"

namespace weir {
namespace {
constexpr Site kOpened{"leaks.static_state.opened"};
}

void number_sessions_statically(Env& env) {
  static uint64_t next_session_id = 1;
  env.trace.event(kOpened, next_session_id++);
}

}  // namespace weir
