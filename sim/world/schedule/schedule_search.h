// ScheduleSearch: every schedule of a small setup, each exactly once.
//
// Godefroid, "Model checking for programming languages using VeriSoft", POPL 1997: nothing of the
// program's state is kept. The answers given in one run are a path from the root of a tree; the
// next run repeats the path up to the last question that has an untried answer, gives that one, and
// goes on with first answers. The run must be a function of its answers: anew with the same key
// each time.
//
//   ScheduleSearch search({.max_schedules = 10'000}, random);
//   while (search.begin_schedule()) {
//     World world(key, search, {});                // two fibers, a1 a2 and b1 b2
//     ...                                          // look at the outcome
//   }
//   REQUIRE(search.complete());                    // a1 a2 b1 b2, a1 b1 a2 b2, ... 6 schedules
//
// Enumerated are who runs next and the questions of the given sites; all others are asked of the
// inner oracle, which must answer alike in every run (a RandomOracle over a world of the same key
// does).
//
// Two bounds make larger setups finite; a search that met one is not complete:
//   max_questions  later questions of a run get the answer 0
//   max_passed     the sum of a run's answers. Index i of the ready passes over i that have been
//                  ready longer, so 0 allows first in, first out alone, each more a small departure
#pragma once

#include <vector>

#include "sim/world/choice.h"

namespace weir {

struct SearchBounds {
  uint64_t max_schedules = 1'000'000;
  size_t max_questions = 1'000;  // enumerated in one run
  uint64_t max_passed = UINT64_MAX;
};

class ScheduleSearch final : public ChoiceOracle {
 public:
  ScheduleSearch(SearchBounds bounds, ChoiceOracle& others, std::vector<const Site*> sites = {});

  // Before each run. False when there is none left, or max_schedules were begun.
  bool begin_schedule();

  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override;
  uint64_t choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) override;

  [[nodiscard]] uint64_t schedules() const { return schedules_; }
  // Nothing within the bounds is left.
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  // Nothing at all is left: no bound cut anything off. What never went wrong cannot.
  [[nodiscard]] bool complete() const { return exhausted_ && !cut_; }
  // The enumerated questions of the current run, for a ReplayingOracle or a reader.
  [[nodiscard]] const std::vector<RecordedChoice>& path() const { return path_; }

 private:
  uint64_t enumerate(const Site& site, uint64_t n);

  const SearchBounds bounds_;
  ChoiceOracle& others_;
  const std::vector<const Site*> sites_;
  std::vector<RecordedChoice> path_;
  size_t asked_ = 0;     // of this run; the first asked_ of path_ are repeated or new
  uint64_t passed_ = 0;  // sum of the answers of path_
  uint64_t schedules_ = 0;
  bool exhausted_ = false;
  bool cut_ = false;
};

}  // namespace weir
