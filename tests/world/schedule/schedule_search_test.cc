// Exhaustive search: every schedule, exactly once, and honest about what a bound cut off.
#include "tests/support/test_pch.h"

#include <set>

#include "sim/world/schedule/schedule_search.h"
#include "tests/world/schedule/schedule_support.h"

namespace weir {
namespace {

constexpr Site kColour{"test.colour"};
constexpr Site kSize{"test.size"};

struct Found {
  uint64_t schedules = 0;
  std::set<std::string> orders;
  bool exhausted = false;
  bool complete = false;
};

Found search_interleavings(SearchBounds bounds, size_t count, size_t steps) {
  RandomOracle random;
  ScheduleSearch search(bounds, random);
  Found found;
  while (search.begin_schedule()) found.orders.insert(interleaving(search, count, steps));
  found.schedules = search.schedules();
  found.exhausted = search.exhausted();
  found.complete = search.complete();
  return found;
}

}  // namespace

TEST_CASE("search: two fibers of three steps have 20 interleavings, each found once") {
  const Found found = search_interleavings({}, 2, 3);
  REQUIRE(found.schedules == 20);
  REQUIRE(found.orders.size() == 20);
  REQUIRE(found.complete);
}

TEST_CASE("search: three fibers of two steps have 90 interleavings, each found once") {
  const Found found = search_interleavings({}, 3, 2);
  REQUIRE(found.schedules == 90);
  REQUIRE(found.orders.size() == 90);
  REQUIRE(found.complete);
}

TEST_CASE("search: one fiber has one schedule") {
  const Found found = search_interleavings({}, 1, 5);
  REQUIRE(found.schedules == 1);
  REQUIRE(found.complete);
}

TEST_CASE("search: what the bound of schedules leaves is not claimed") {
  const Found found = search_interleavings({.max_schedules = 19}, 2, 3);
  REQUIRE(found.schedules == 19);
  REQUIRE_FALSE(found.exhausted);
  REQUIRE_FALSE(found.complete);
  REQUIRE(search_interleavings({.max_schedules = 20}, 2, 3).complete);
}

TEST_CASE("search: beyond the bound of questions the first answer is given, and it is said") {
  const Found found = search_interleavings({.max_questions = 2}, 2, 3);
  REQUIRE(found.orders == std::set<std::string>{"aababb", "ababab", "bababa", "bbabaa"});
  REQUIRE(found.schedules == 4);
  REQUIRE(found.exhausted);
  REQUIRE_FALSE(found.complete);
}

TEST_CASE("search: nobody passed is first in, first out, and each more adds schedules") {
  REQUIRE(search_interleavings({.max_passed = 0}, 2, 3).orders == std::set<std::string>{"ababab"});
  uint64_t last = 1;
  for (uint64_t passed = 1; passed <= 3; ++passed) {
    const Found found = search_interleavings({.max_passed = passed}, 2, 3);
    REQUIRE(found.schedules == found.orders.size());
    REQUIRE(found.schedules > last);
    REQUIRE(found.exhausted);
    REQUIRE_FALSE(found.complete);
    last = found.schedules;
  }
  REQUIRE(search_interleavings({.max_passed = 4}, 2, 3).complete);
}

TEST_CASE("search: questions of the given sites are enumerated too, others are not") {
  RandomOracle random;
  ScheduleSearch search({}, random, {&kColour});
  std::set<std::pair<uint64_t, uint64_t>> answers;
  while (search.begin_schedule()) {
    World world(3, search, {});
    uint64_t colour = 0;
    uint64_t size = 0;
    world.add_node({}).boot([&](Env& env, Event&) {
      colour = env.random.choose(kColour, 3);
      size = env.random.choose(kSize, 1'000);
    });
    world.simulator().run_until(seconds(1).ns());
    answers.insert({colour, size});
  }
  REQUIRE(search.complete());
  REQUIRE(search.schedules() == 3);
  REQUIRE(answers.size() == 3);
  REQUIRE(answers.begin()->second == answers.rbegin()->second);
}

TEST_CASE("search: the path of a schedule replays it") {
  RandomOracle random;
  ScheduleSearch search({}, random);
  while (search.begin_schedule() && interleaving(search, 3, 2) != "cabbac") {
  }
  REQUIRE_FALSE(search.exhausted());
  // Between the enumerated questions lie others, which the search does not keep.
  class Path final : public ChoiceOracle {
   public:
    explicit Path(std::vector<RecordedChoice> path) : path_(std::move(path)) {}
    uint64_t choose(const Site&, Stream& stream, uint64_t n) override { return stream.below(n); }
    uint64_t choose_fiber(const Site&, Stream&, std::span<const FiberId>) override {
      return path_.at(next_++).answer;
    }

   private:
    std::vector<RecordedChoice> path_;
    size_t next_ = 0;
  } path(search.path());
  REQUIRE(interleaving(path, 3, 2) == "cabbac");
}

}  // namespace weir
