#include "broker/purgatory/timing_wheel.h"

#include <algorithm>

#include "broker/purgatory/purgatory_bugs.h"

namespace weir {
namespace {

constexpr Site kCascaded{"sometimes.purgatory.cascaded"};

constexpr int64_t kEndOfTime = TimePoint::never().ns();

// A deadline inside of a tick is due when the tick is over: never early.
int64_t rounded_up(TimePoint at, Duration tick) {
  return at.ns() / tick.ns() + (at.ns() % tick.ns() > 0 ? 1 : 0);
}

int64_t saturating_product(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kEndOfTime : product;
}

}  // namespace

TimingWheel::TimingWheel(const Options& options, TimePoint now, Buggify& buggify)
    : options_(options), buggify_(buggify), current_tick_(now.ns() / options.tick.ns()) {
  CHECK(options_.tick.ns() > 0);
  CHECK(options_.wheel_size >= 2);
  add_wheel();
}

void TimingWheel::add_wheel() {
  auto wheel = std::make_unique<Wheel>();
  wheel->tick_ticks = wheels_.empty() ? 1 : wheels_.back()->interval_ticks;
  wheel->interval_ticks = saturating_product(wheel->tick_ticks, options_.wheel_size);
  wheel->buckets = std::vector<Entries>(options_.wheel_size);
  wheels_.push_back(std::move(wheel));
}

TimingWheel::Added TimingWheel::add(TimerEntry& entry, TimePoint deadline) {
  CHECK(!entry.on_wheel_ && !entry.linked());
  const int64_t due_tick = rounded_up(deadline, options_.tick);
  if (due_tick <= current_tick_) return Added::due;
  if (size_ >= options_.max_entries) return Added::full;
  entry.due_tick_ = due_tick;
  entry.on_wheel_ = true;
  ++size_;
  place(entry, false);
  return Added::waits;
}

void TimingWheel::place(TimerEntry& entry, bool comes_down) {
  CHECK(entry.due_tick_ > current_tick_);
  for (size_t level = 0;; ++level) {
    if (level == wheels_.size()) add_wheel();
    Wheel& wheel = *wheels_[level];
    // The wheel stands at the start of its current bucket.
    const int64_t stands_at = current_tick_ - current_tick_ % wheel.tick_ticks;
    const bool reaches_the_end = wheel.interval_ticks == kEndOfTime;
    if (!reaches_the_end && entry.due_tick_ - stands_at >= wheel.interval_ticks) continue;
    const int64_t number = entry.due_tick_ / wheel.tick_ticks;
    wheel.buckets[static_cast<size_t>(number % options_.wheel_size)].push_back(entry);
    if (comes_down && planted(buggify_, purgatory_bug::kTimerLost)) return;
    queue_.insert({number * wheel.tick_ticks, level});
    return;
  }
}

void TimingWheel::cancel(TimerEntry& entry) {
  if (!entry.on_wheel_) return;
  entry.unlink();
  entry.on_wheel_ = false;
  --size_;
}

void TimingWheel::advance(TimePoint now, Entries& expired) {
  const int64_t target = now.ns() / options_.tick.ns();
  while (!queue_.empty() && queue_.begin()->due_tick <= target) {
    const DueBucket due = *queue_.begin();
    queue_.erase(queue_.begin());
    CHECK(due.due_tick >= current_tick_);
    current_tick_ = due.due_tick;
    Wheel& wheel = *wheels_[due.wheel];
    const auto slot = static_cast<size_t>(due.due_tick / wheel.tick_ticks % options_.wheel_size);
    Entries& bucket = wheel.buckets[slot];
    while (!bucket.empty()) {
      TimerEntry& entry = bucket.pop_front();
      if (entry.due_tick_ > current_tick_) {
        sometimes(buggify_, kCascaded);
        place(entry, true);
        continue;
      }
      entry.on_wheel_ = false;
      --size_;
      expired.push_back(entry);
    }
  }
  current_tick_ = std::max(current_tick_, target);
}

std::optional<TimePoint> TimingWheel::next_due() const {
  if (queue_.empty()) return std::nullopt;
  return TimePoint{saturating_product(queue_.begin()->due_tick, options_.tick.ns())};
}

}  // namespace weir
