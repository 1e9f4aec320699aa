// The planted races: how soon schedules find them, and that what is not planted is not found.
#include "tests/support/test_pch.h"

#include <algorithm>

#include "sim/world/schedule/schedule_oracle.h"
#include "sim/world/schedule/schedule_search.h"
#include "tests/world/races/race.h"

namespace weir::races {
namespace {

constexpr Setup kSmallRacy{.racy = true, .small = true};
constexpr Setup kSmallFixed{.racy = false, .small = true};

// The median of three base seeds; what was not found counts as `limit`.
uint64_t median_to_find(const Race& race, const char* schedule, uint64_t limit) {
  std::vector<uint64_t> counts;
  for (const uint64_t seed : {1'000, 2'000, 3'000}) {
    counts.push_back(
        schedules_to_find(race, *parse_schedule(schedule), seed, limit).value_or(limit));
  }
  std::sort(counts.begin(), counts.end());
  return counts[1];
}

struct Searched {
  uint64_t schedules = 0;
  uint64_t failed = 0;
  bool complete = false;
};

Searched search(const Race& race, Setup setup, SearchBounds bounds) {
  RandomOracle random;
  ScheduleSearch schedules(bounds, random);
  Searched searched;
  while (schedules.begin_schedule()) searched.failed += run_race(race, setup, 1, schedules) ? 1 : 0;
  return {schedules.schedules(), searched.failed, schedules.complete()};
}

}  // namespace

TEST_CASE("races: there are twelve, of depth 2 and 3") {
  REQUIRE(all_races().size() == 12);
  for (const Race& race : all_races()) REQUIRE((race.depth == 2 || race.depth == 3));
}

TEST_CASE("races: each gives PCT 20 to 70 decisions") {
  for (const Race& race : all_races()) {
    INFO(race.name);
    const uint64_t decisions = decisions_of(race, {}, 1'000);
    REQUIRE((decisions >= 20 && decisions <= 70));
  }
}

TEST_CASE("races: PCT finds each within 10,000 schedules, from every base seed") {
  for (const Race& race : all_races()) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      INFO(race.name << " from base seed " << seed);
      REQUIRE(schedules_to_find(race, *parse_schedule("pct:3"), seed, 10'000).has_value());
    }
  }
}

TEST_CASE("races: all twelve take PCT at least three times fewer schedules than fifo") {
  // Fifo is stopped early, which is in its favour.
  uint64_t fifo = 0;
  uint64_t pct = 0;
  for (const Race& race : all_races()) {
    fifo += median_to_find(race, "fifo", 1'500);
    pct += median_to_find(race, "pct:3", 10'000);
  }
  INFO("fifo " << fifo << ", pct " << pct);
  REQUIRE(fifo >= 3 * pct);
}

TEST_CASE("races: without the planted bug no schedule fails") {
  for (const Race& race : all_races()) {
    const Setup fixed{.racy = false};
    const uint64_t decisions = decisions_of(race, fixed, 1);
    for (const char* text : {"fifo", "random", "pct:2", "pct:4", "delay:3"}) {
      INFO(race.name << " under " << text);
      ScheduleChoice schedule = *parse_schedule(text);
      schedule.expected_decisions = decisions;
      for (uint64_t key = 1; key <= 200; ++key) {
        const auto oracle = make_schedule_oracle(schedule, Stream(key));
        REQUIRE(run_race(race, fixed, key, *oracle) == std::nullopt);
      }
    }
  }
}

TEST_CASE("races: exhaustive search finds each in its small setup") {
  for (const Race& race : all_races()) {
    INFO(race.name);
    const Searched searched = search(race, kSmallRacy, {.max_schedules = 20'000});
    REQUIRE(searched.complete);
    REQUIRE(searched.failed > 0);
    REQUIRE(searched.failed < searched.schedules);
  }
}

TEST_CASE("races: exhaustive search proves each small setup right once the bug is gone") {
  for (const Race& race : all_races()) {
    INFO(race.name);
    const Searched searched = search(race, kSmallFixed, {.max_schedules = 20'000});
    REQUIRE(searched.complete);
    REQUIRE(searched.failed == 0);
  }
}

TEST_CASE("races: a failing schedule fails again, in the same way") {
  for (const Race& race : all_races()) {
    INFO(race.name);
    const auto oracle = [&](uint64_t key) {
      return make_schedule_oracle(*parse_schedule("pct:3:50"), Stream(key));
    };
    uint64_t key = 1;
    std::optional<std::string> how;
    while (key < 10'000 && !(how = run_race(race, {}, key, *oracle(key)))) ++key;
    REQUIRE(how.has_value());
    const auto again = oracle(key);
    REQUIRE(run_race(race, {}, key, *again) == how);
  }
}

}  // namespace weir::races
