// Prints how many schedules each planted race takes to find, by schedule: a table in Markdown.
//
//   race_table [BASE_SEEDS [LIMIT]]     5 base seeds and 10,000 schedules, unless told otherwise
//
// A cell is the median over the base seeds; one above the limit says that most of them found
// nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/world/races/race.h"

using namespace weir;         // NOLINT
using namespace weir::races;  // NOLINT

namespace {

// Not found counts as the limit.
uint64_t median(const Race& race, const ScheduleChoice& schedule, uint64_t base_seeds,
                uint64_t limit) {
  std::vector<uint64_t> counts;
  for (uint64_t seed = 1; seed <= base_seeds; ++seed) {
    counts.push_back(schedules_to_find(race, schedule, seed * 1'000, limit).value_or(limit));
  }
  std::sort(counts.begin(), counts.end());
  return counts[counts.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t base_seeds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5;
  const uint64_t limit = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000;
  const std::vector<std::string> schedules = {"fifo",  "random",  "pct:2",
                                              "pct:3", "delay:2", "delay:5"};
  std::string head = "| race | depth | decisions |";
  std::string rule = "|---|---|---|";
  for (const std::string& schedule : schedules) {
    head += " " + schedule + " |";
    rule += "---|";
  }
  fmt::print("{}\n{}\n", head, rule);
  std::vector<uint64_t> sums(schedules.size());
  for (const Race& race : all_races()) {
    fmt::print("| {} | {} | {} |", race.name, race.depth, decisions_of(race, {}, 1'000));
    for (size_t i = 0; i < schedules.size(); ++i) {
      const uint64_t count = median(race, *parse_schedule(schedules[i]), base_seeds, limit);
      sums[i] += count;
      fmt::print(" {}{} |", count == limit ? "> " : "", count);
      std::fflush(stdout);
    }
    fmt::print("\n");
  }
  fmt::print("| sum | | |");
  for (const uint64_t sum : sums) fmt::print(" {} |", sum);
  fmt::print("\n");
  return 0;
}
