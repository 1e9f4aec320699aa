// The timing wheel against a sorted list, and what its header promises.
#include "tests/support/test_pch.h"

#include <deque>

#include "broker/purgatory/timing_wheel.h"

namespace weir {
namespace {

struct Entry : TimerEntry {
  int id = 0;
};

// What a wheel should do, in the simplest way: a sorted list of deadlines.
class Pair {
 public:
  Pair(Duration tick, uint32_t wheel_size, TimePoint start)
      : tick_(tick), now_(start), wheel_({tick, wheel_size, 1000}, start, buggify_) {}
  ~Pair() {
    for (Entry& entry : entries_) wheel_.cancel(entry);
  }

  void add(Duration in) {
    Entry& entry = entries_.emplace_back();
    entry.id = static_cast<int>(entries_.size()) - 1;
    const TimePoint deadline = now_ + in;
    const auto added = wheel_.add(entry, deadline);
    // Due means that the tick has come in which it would expire.
    RC_ASSERT((added == TimingWheel::Added::due) == (deadline <= start_of_tick()));
    if (added == TimingWheel::Added::waits) waiting_.emplace(entry.id, deadline);
  }
  void cancel(size_t which) {
    if (entries_.empty()) return;
    Entry& entry = entries_[which % entries_.size()];
    wheel_.cancel(entry);
    waiting_.erase(entry.id);
  }
  void advance(Duration by) {
    now_ = now_ + by;
    check_expired(start_of_tick());
  }
  // As the timer does: exactly to the next bucket.
  void advance_to_due() {
    const auto due = wheel_.next_due();
    RC_ASSERT(due.has_value() || waiting_.empty());
    if (!due || *due == TimePoint::never()) return;
    now_ = std::max(now_, *due);
    check_expired(start_of_tick());
    for (const auto& [id, deadline] : waiting_) RC_ASSERT(deadline + tick_ > now_);
  }
  [[nodiscard]] bool idle() const { return waiting_.empty(); }
  [[nodiscard]] const TimingWheel& wheel() const { return wheel_; }

 private:
  [[nodiscard]] TimePoint start_of_tick() const {
    return TimePoint{now_.ns() - now_.ns() % tick_.ns()};
  }
  void check_expired(TimePoint until) {
    TimingWheel::Entries expired;
    wheel_.advance(now_, expired);
    while (!expired.empty()) {
      const Entry& entry = static_cast<Entry&>(expired.pop_front());
      RC_ASSERT(waiting_.count(entry.id) == 1U);
      RC_ASSERT(waiting_[entry.id] <= now_);  // never early
      waiting_.erase(entry.id);
    }
    for (const auto& [id, deadline] : waiting_) RC_ASSERT(deadline > until);  // late by a tick at most
    RC_ASSERT(wheel_.size() == waiting_.size());
  }

  NoBuggify buggify_;
  const Duration tick_;
  TimePoint now_;
  std::deque<Entry> entries_;
  std::map<int, TimePoint> waiting_;
  TimingWheel wheel_;
};

Duration any_span() {
  // Every order of magnitude: within a tick, around the ring, far beyond it.
  const int bits = *rc::gen::inRange(0, 50);
  return nanoseconds(*rc::gen::inRange<int64_t>(0, (int64_t{1} << bits) + 1));
}

}  // namespace

TEST_CASE("a timing wheel expires what a sorted list would, never early and late by less than a tick") {
  REQUIRE(rc::check("any adds, cancels and advances", [] {
    const auto tick = nanoseconds(*rc::gen::element<int64_t>(1, 7, 1'000, 1'000'000));
    const auto wheel_size = *rc::gen::element<uint32_t>(2, 3, 20, 64);
    Pair pair(tick, wheel_size, TimePoint{*rc::gen::inRange<int64_t>(0, 1'000'000'000)});
    const int steps = *rc::gen::inRange(1, 120);
    for (int i = 0; i < steps; ++i) {
      switch (*rc::gen::inRange(0, 5)) {
        case 0:
        case 1: pair.add(any_span()); break;
        case 2: pair.cancel(*rc::gen::inRange<size_t>(0, 1000)); break;
        case 3: pair.advance(any_span()); break;
        default: pair.advance_to_due(); break;
      }
    }
    while (!pair.idle()) pair.advance_to_due();
  }));
}

TEST_CASE("a wheel goes around many times") {
  NoBuggify buggify;
  TimingWheel wheel({milliseconds(1), 3, 10}, TimePoint{}, buggify);
  TimingWheel::Entries expired;
  for (int64_t ms = 0; ms < 1000; ++ms) {
    Entry entry;
    REQUIRE(wheel.add(entry, TimePoint{} + milliseconds(ms + 2)) == TimingWheel::Added::waits);
    wheel.advance(TimePoint{} + milliseconds(ms + 1), expired);
    REQUIRE(expired.empty());
    wheel.advance(TimePoint{} + milliseconds(ms + 2), expired);
    REQUIRE_FALSE(expired.empty());
    expired.pop_front();
    ++ms;
  }
  REQUIRE(wheel.wheel_count() == 1);
}

TEST_CASE("the example of timing_wheel.h") {
  NoBuggify buggify;
  const auto at = [](int64_t tick) { return TimePoint{} + seconds(tick); };
  TimingWheel wheel({seconds(1), 3, 10}, at(0), buggify);
  TimingWheel::Entries expired;
  Entry two;
  Entry four;
  Entry five;
  Entry ten;
  wheel.add(two, at(2));
  REQUIRE(wheel.wheel_count() == 1);
  wheel.add(four, at(4));
  wheel.add(five, at(5));
  REQUIRE(wheel.wheel_count() == 2);
  REQUIRE(wheel.next_due() == at(2));
  wheel.advance(at(2), expired);
  REQUIRE(&expired.pop_front() == &two);
  REQUIRE(wheel.next_due() == at(3));
  wheel.advance(at(4), expired);
  REQUIRE(&expired.pop_front() == &four);
  REQUIRE(expired.empty());
  REQUIRE(wheel.next_due() == at(5));
  wheel.add(ten, at(10));
  REQUIRE(wheel.wheel_count() == 2);
  wheel.cancel(five);
  wheel.cancel(ten);
  REQUIRE(wheel.size() == 0);
}

TEST_CASE("a deadline that is never is kept, and may be cancelled") {
  NoBuggify buggify;
  for (const int64_t tick_ns : {1, 1'000'000}) {
    TimingWheel wheel({nanoseconds(tick_ns), 20, 10}, TimePoint{}, buggify);
    Entry entry;
    REQUIRE(wheel.add(entry, TimePoint::never()) == TimingWheel::Added::waits);
    REQUIRE(wheel.wheel_count() < 20);
    TimingWheel::Entries expired;
    wheel.advance(TimePoint{} + seconds(1'000'000'000), expired);
    REQUIRE(expired.empty());
    wheel.cancel(entry);
    REQUIRE(wheel.size() == 0);
  }
}

TEST_CASE("a full wheel takes one again when one has left") {
  NoBuggify buggify;
  TimingWheel wheel({milliseconds(1), 20, 2}, TimePoint{}, buggify);
  Entry entries[3];
  const TimePoint deadline = TimePoint{} + seconds(1);
  REQUIRE(wheel.add(entries[0], deadline) == TimingWheel::Added::waits);
  REQUIRE(wheel.add(entries[1], deadline) == TimingWheel::Added::waits);
  REQUIRE(wheel.add(entries[2], deadline) == TimingWheel::Added::full);
  wheel.cancel(entries[0]);
  REQUIRE(wheel.add(entries[2], deadline) == TimingWheel::Added::waits);
}

}  // namespace weir
