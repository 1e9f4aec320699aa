// Leak: sessions are woken in the order of their addresses, which is the allocator's.
#include <memory>
#include <set>
#include <vector>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kWoken{"leaks.pointer_set.woken"};
struct Session {
  uint64_t id = 0;
  uint64_t bytes_waiting = 0;
};

}  // namespace

void wake_sessions_in_order_of_addresses(Env& env) {
  std::vector<std::unique_ptr<Session>> sessions;
  std::set<Session*> waiting;
  for (uint64_t id = 1; id <= 12; ++id) {
    sessions.push_back(std::make_unique<Session>(id));
    waiting.insert(sessions.back().get());
  }
  for (const Session* session : waiting) env.trace.event(kWoken, session->id);
}

}  // namespace weir
