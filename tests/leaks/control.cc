// Clean: sessions wait in a map by id, and are woken in that order.
#include <map>
#include <memory>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kWoken{"leaks.control.woken"};
constexpr Site kWhich{"leaks.control.which"};
struct Session {
  uint64_t id = 0;
};

}  // namespace

void wake_sessions_in_order_of_ids(Env& env) {
  std::map<uint64_t, std::unique_ptr<Session>> waiting;
  while (waiting.size() < 12) {
    const uint64_t id = env.random.choose(kWhich, 1'000);
    waiting.emplace(id, std::make_unique<Session>(id));
  }
  for (const auto& [id, session] : waiting) env.trace.event(kWoken, session->id);
}

}  // namespace weir
