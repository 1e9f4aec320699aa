// Leak: compaction runs on a thread of its own, and the log asks how far it has come.
#include <atomic>
#include <thread>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {
constexpr Site kCompacted{"leaks.thread.compacted"};
}

void compact_on_a_thread(Env& env) {
  std::atomic<uint64_t> segments = 0;
  std::atomic<bool> stop = false;
  std::thread compactor([&] {
    while (!stop) ++segments;
  });
  while (segments < 1'000) std::this_thread::yield();
  env.trace.event(kCompacted, segments);
  stop = true;
  compactor.join();
}

}  // namespace weir
