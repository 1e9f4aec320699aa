// Who reaches whom in each shape of partition, for any number of machines.
#include "tests/support/test_pch.h"

#include <set>

#include "sim/fault/fault_schedule.h"

namespace weir {
namespace {

std::vector<uint32_t> machines(uint32_t count) {
  std::vector<uint32_t> all;
  for (uint32_t i = 1; i <= count; ++i) all.push_back(i);
  return all;
}

std::set<uint32_t> reached_by(uint32_t machine, uint32_t count, const std::vector<Direction>& cut) {
  std::set<uint32_t> reached;
  for (uint32_t other = 1; other <= count; ++other) {
    if (std::find(cut.begin(), cut.end(), Direction{machine, other}) == cut.end()) {
      reached.insert(other);
    }
  }
  return reached;
}

}  // namespace

TEST_CASE("halves are two groups that nobody crosses") {
  for (uint32_t n = 2; n <= 9; ++n) {
    const auto cut = split(machines(n), false);
    std::set<std::set<uint32_t>> groups;
    for (uint32_t machine = 1; machine <= n; ++machine) groups.insert(reached_by(machine, n, cut));
    REQUIRE(groups.size() == 2);
  }
}

TEST_CASE("a bridge reaches both groups, which do not reach each other") {
  for (uint32_t n = 3; n <= 9; ++n) {
    const auto cut = split(machines(n), true);
    REQUIRE(reached_by(1, n, cut).size() == n);
    const auto second = reached_by(2, n, cut);
    const auto last = reached_by(n, n, cut);
    std::vector<uint32_t> both;
    std::set_intersection(second.begin(), second.end(), last.begin(), last.end(),
                          std::back_inserter(both));
    REQUIRE(both == std::vector<uint32_t>{1});
  }
}

TEST_CASE("in a ring of majorities everybody reaches a majority, and no two the same one") {
  for (const uint32_t n : {5U, 7U, 9U, 11U}) {
    const auto cut = majorities_ring(machines(n));
    std::set<std::set<uint32_t>> views;
    for (uint32_t machine = 1; machine <= n; ++machine) {
      const auto view = reached_by(machine, n, cut);
      REQUIRE(view.size() >= n / 2 + 1);
      REQUIRE(view.size() < n);
      views.insert(view);
    }
    REQUIRE(views.size() == n);
    for (const auto& [from, to] : cut) {
      REQUIRE(std::find(cut.begin(), cut.end(), Direction{to, from}) != cut.end());
    }
  }
}

}  // namespace weir
