// Simulator: virtual time, the order of events, the choice oracle and the trace. Knows no nodes.
//
// Time is nanoseconds since the start of the run and moves only from one event to the next. One
// Simulator is one world: nothing is shared between two of them, so a process may run many, one
// after the other.
#pragma once

#include <cstdint>
#include <span>

#include "sim/base/stream.h"
#include "sim/base/time.h"
#include "sim/fiber/stack_pool.h"
#include "sim/world/choice.h"
#include "sim/world/event_heap.h"
#include "sim/world/trace_log.h"

namespace weir {

class Simulator {
 public:
  // `key` is what all streams of the world hang from. `stacks` outlive it and are for one world at a time;
  // null: its own.
  Simulator(uint64_t key, ChoiceOracle& oracle, StackPool* stacks = nullptr)
      : key_(key), oracle_(oracle), stacks_(stacks != nullptr ? *stacks : own_stacks_) {}
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  [[nodiscard]] int64_t now_ns() const { return now_ns_; }
  [[nodiscard]] TraceLog& trace() { return trace_; }
  [[nodiscard]] StackPool& stacks() { return stacks_; }
  [[nodiscard]] uint64_t event_count() const { return events_; }

  [[nodiscard]] Stream stream(const Site& component, uint64_t node, const Site& purpose) const {
    return Stream(key_, component, node, purpose);
  }

  // Asks the oracle; a choice among one is not a choice.
  uint64_t choose(const Site& site, Stream& stream, uint64_t n) {
    CHECK(n > 0);
    if (n == 1) return 0;
    const uint64_t answer = oracle_.choose(site, stream, n);
    CHECK(answer < n);
    trace_.mix_choice(site, n, answer);
    return answer;
  }
  // Which of `ready`, the longest ready first, runs next. To the trace it is choose() among as many.
  size_t choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) {
    CHECK(ready.size() > 1);
    const uint64_t answer = oracle_.choose_fiber(site, stream, ready);
    CHECK(answer < ready.size());
    trace_.mix_choice(site, ready.size(), answer);
    return answer;
  }
  // A number in [low, high].
  int64_t choose_between(const Site& site, Stream& stream, int64_t low, int64_t high) {
    return low + static_cast<int64_t>(choose(site, stream, static_cast<uint64_t>(high - low) + 1));
  }
  // True with probability per_million / 10^6.
  bool chance(const Site& site, Stream& stream, uint32_t per_million) {
    return per_million > 0 && choose(site, stream, 1'000'000) < per_million;
  }

  void at(int64_t time_ns, EventTarget& target, uint64_t argument) {
    CHECK_MSG(time_ns >= now_ns_, "an event in the past");
    heap_.push(time_ns, target, argument);
  }

  // Runs the next event, if there is one at or before `until_ns`. Time ends at the event.
  bool step(int64_t until_ns) {
    if (heap_.empty() || heap_.earliest().time_ns > until_ns) return false;
    const EventHeap::Entry entry = heap_.pop();
    now_ns_ = entry.time_ns;
    ++events_;
    entry.target->on_event(entry.argument);
    return true;
  }
  void run_until(int64_t until_ns) {
    while (step(until_ns)) {
    }
    if (now_ns_ < until_ns) now_ns_ = until_ns;
  }
  [[nodiscard]] bool idle() const { return heap_.empty(); }

 private:
  const uint64_t key_;
  ChoiceOracle& oracle_;
  int64_t now_ns_ = 0;
  uint64_t events_ = 0;
  EventHeap heap_;
  TraceLog trace_;
  StackPool own_stacks_;
  StackPool& stacks_;
};

}  // namespace weir
