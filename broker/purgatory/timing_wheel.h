// TimingWheel: many deadlines, each added and cancelled in O(1) (Varghese and Lauck 1987, as Kafka
// uses it in its purgatory).
//
// Time is counted in ticks. A wheel is a ring of buckets; a bucket holds whatever is due within one of
// the wheel's own ticks, so adding is a division and a list insertion. What lies beyond the ring goes
// to an overflow wheel, whose one bucket is as wide as the whole ring below it. Overflow wheels are
// made when somebody needs them: each is `wheel_size` times as far-sighted as the one before, so a few
// of them reach to the end of time.
//
// A clock that ticked through empty buckets would cost turns while nothing is due. Instead the buckets
// that hold something stand in a queue, ordered by when they are due (a bucket once, however full it
// is), and who owns the wheel sleeps until the first of them. When an overflow bucket is due, its
// entries come down: each is added again, now near enough for a finer wheel, or due at once.
//
// Example, wheel_size 3 and a tick of 1, the time is 0. A bucket [a, b) is due at a.
//
//   wheel 1, a tick of 1    [0,1) [1,2) [2,3)      the bucket of the current tick is never used
//   wheel 2, a tick of 3    [0,3) [3,6) [6,9)
//   wheel 3, a tick of 9    [0,9) [9,18) [18,27)
//
//   add 2   2 < 0+3: wheel 1, bucket [2,3)         queue 2
//   add 4   4 < 0+9: wheel 2, bucket [3,6)         queue 2 3
//   add 5   wheel 2, bucket [3,6), which is in the queue already
//   advance to 2    [2,3) is due: 2 expires        queue 3
//   advance to 4    at 3, [3,6) comes down: 4 into [4,5) and 5 into [5,6) of wheel 1;
//                   at 4, [4,5) is due: 4 expires  queue 5
//   add 10  10 < 3+9, as wheel 2 stands at 3: its bucket [9,12), in the slot where [0,3) was
//
// Promises: an entry is never expired before its deadline; advanced at next_due(), it expires less
// than one tick after it. Entries that fall due in one advance come out in the order of their buckets.
// The size has a limit, counted over all wheels.
//
// It has no clock and no fiber; `Timer` gives it both. An entry belongs to its owner, who cancels it
// before it goes away; an entry is on one wheel at most.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "sim/base/intrusive_list.h"
#include "sim/base/time.h"
#include "sim/env/buggify.h"

namespace weir {

struct TimerTag {};

class TimerEntry : public ListHook<TimerTag> {
 private:
  friend class TimingWheel;
  int64_t due_tick_ = 0;
  bool on_wheel_ = false;
};

struct TimingWheelOptions {
  Duration tick = milliseconds(1);
  uint32_t wheel_size = 20;  // buckets a wheel; at least 2
  size_t max_entries = 100'000;
};

class TimingWheel {
 public:
  using Options = TimingWheelOptions;
  using Entries = IntrusiveList<TimerEntry, TimerTag>;
  enum class Added : uint8_t {
    waits,
    due,   // its deadline has come already: not on the wheel
    full,  // the limit is reached: not on the wheel
  };

  // `now` is where time starts; it does not go back.
  TimingWheel(const Options& options, TimePoint now, Buggify& buggify);

  Added add(TimerEntry& entry, TimePoint deadline);
  // Harmless when the entry is not on the wheel.
  void cancel(TimerEntry& entry);
  // Moves time on to `now`; what is due leaves the wheel for `expired`, and nothing else happens to it.
  void advance(TimePoint now, Entries& expired);
  // When to advance next; nothing while the wheel is empty. A bucket whose entries were all cancelled
  // stays in the queue until its time.
  [[nodiscard]] std::optional<TimePoint> next_due() const;

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t wheel_count() const { return wheels_.size(); }

 private:
  struct Wheel {
    int64_t tick_ticks = 1;      // width of a bucket
    int64_t interval_ticks = 0;  // of the whole ring
    std::vector<Entries> buckets;
  };
  struct DueBucket {
    int64_t due_tick;
    size_t wheel;
    friend auto operator<=>(const DueBucket&, const DueBucket&) = default;
  };
  void add_wheel();
  void place(TimerEntry& entry, bool comes_down);

  const Options options_;
  Buggify& buggify_;
  int64_t current_tick_;
  std::vector<std::unique_ptr<Wheel>> wheels_;  // the finest first
  std::set<DueBucket> queue_;                   // buckets that may hold something
  size_t size_ = 0;
};

}  // namespace weir
