#include "sim/world/schedule/schedule_search.h"

#include <algorithm>

namespace weir {

ScheduleSearch::ScheduleSearch(SearchBounds bounds, ChoiceOracle& others,
                               std::vector<const Site*> sites)
    : bounds_(bounds), others_(others), sites_(std::move(sites)) {}

// Goes to the last question that has an untried answer and forgets what came after it.
bool ScheduleSearch::begin_schedule() {
  if (exhausted_) return false;
  if (schedules_ > 0) {
    CHECK_MSG(asked_ == path_.size(), "a repeated run asked fewer questions than the first one");
    while (!path_.empty()) {
      RecordedChoice& last = path_.back();
      const bool has_more = last.answer + 1 < last.n;
      if (has_more && passed_ < bounds_.max_passed) break;
      cut_ |= has_more;
      passed_ -= last.answer;
      path_.pop_back();
    }
    exhausted_ = path_.empty();
    if (exhausted_ || schedules_ == bounds_.max_schedules) return false;
    ++path_.back().answer;
    ++passed_;
  }
  asked_ = 0;
  ++schedules_;
  return true;
}

uint64_t ScheduleSearch::choose(const Site& site, Stream& stream, uint64_t n) {
  const bool ours = std::any_of(sites_.begin(), sites_.end(),
                                [&](const Site* ours_too) { return ours_too->id == site.id; });
  return ours ? enumerate(site, n) : others_.choose(site, stream, n);
}

uint64_t ScheduleSearch::choose_fiber(const Site& site, Stream& /*stream*/,
                                      std::span<const FiberId> ready) {
  return enumerate(site, ready.size());
}

uint64_t ScheduleSearch::enumerate(const Site& site, uint64_t n) {
  CHECK_MSG(schedules_ > 0, "begin_schedule comes first");
  if (asked_ == path_.size()) {
    if (asked_ == bounds_.max_questions) {
      cut_ = true;
      return 0;
    }
    path_.push_back({site.id, n, 0});
  }
  const RecordedChoice& question = path_[asked_++];
  CHECK_MSG(question.site_id == site.id && question.n == n,
            "a repeated run asked another question: it is not a function of its answers");
  return question.answer;
}

}  // namespace weir
