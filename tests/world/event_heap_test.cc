#include "tests/support/test_pch.h"

#include "sim/world/event_heap.h"

#include <set>

namespace weir {
namespace {

class Nobody final : public EventTarget {
 public:
  void on_event(uint64_t /*argument*/) override {}
};

TEST_CASE("what happens next is the earliest, and of equals what was scheduled first") {
  REQUIRE(rc::check("any order of pushes and pops", [] {
    Nobody nobody;
    EventHeap heap;
    std::set<std::pair<int64_t, uint64_t>> expected;  // time, number
    // Few times, so that many are equal; a pop now and then, so that what comes next is often the latest pushed.
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-6, 12));
    uint64_t number = 0;
    for (const int step : steps) {
      if (step >= 0) {
        heap.push(step, nobody, number);
        expected.insert({step, number++});
      } else if (!expected.empty()) {
        const auto [time_ns, argument] = *expected.begin();
        expected.erase(expected.begin());
        RC_ASSERT(heap.earliest().argument == argument);
        const EventHeap::Entry entry = heap.pop();
        RC_ASSERT(entry.time_ns == time_ns);
        RC_ASSERT(entry.argument == argument);
      }
      RC_ASSERT(heap.size() == expected.size());
      RC_ASSERT(heap.empty() == expected.empty());
    }
  }));
}

}  // namespace
}  // namespace weir
