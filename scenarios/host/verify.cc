// verify: each seed twice, the second time in a process that is made different on purpose.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "scenarios/host/commands.h"
#include "scenarios/host/progress.h"

namespace weir {
namespace {

// glibc fills neither what goes into its per-thread cache nor what comes out of it.
constexpr const char* kFillAlways = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0";

// Said in full, so that the sides differ whatever the caller's environment is.
PoolOptions first_side(const CommandOptions& options) {
  return {.jobs = 1,
          .timeout_seconds = options.timeout_seconds,
          .environment = {"MALLOC_PERTURB_=0", "GLIBC_TUNABLES=", "TZ=UTC", "LANG=C",
                          "LC_ALL=C", "HOME=/"},
          .directory = "/"};
}

// Another environment, locale, time zone and directory; noise on heap and stacks; another order.
PoolOptions second_side(const CommandOptions& options) {
  return {.jobs = 1,
          .timeout_seconds = options.timeout_seconds,
          .worker_arguments = {"--noise", "1"},
          .environment = {"MALLOC_PERTURB_=165", kFillAlways, "TZ=Asia/Kathmandu",
                          "LANG=de_DE.UTF-8", "LC_ALL=C.UTF-8", "HOME=/nonexistent",
                          "WEIR_SOMETHING_ELSE=1",
                          std::string("WEIR_PADDING=") + std::string(3'000, 'x')},
          .directory = std::filesystem::temp_directory_path()};
}

struct Outcome {
  uint64_t hash = 0;
  VerdictKind verdict = VerdictKind::pass;
};

void print_divergence(const std::string& first_path, const std::string& second_path) {
  std::ifstream first(first_path);
  std::ifstream second(second_path);
  std::string a;
  std::string b;
  std::string before;
  for (uint64_t event = 1;; ++event) {
    const bool more_a = static_cast<bool>(std::getline(first, a));
    const bool more_b = static_cast<bool>(std::getline(second, b));
    if (!more_a && !more_b) {
      fmt::print("          (the repeated runs agree: what differs depends on something that did "
                 "not differ this time)\n");
      return;
    }
    if (!more_a) a = "(ended)";
    if (!more_b) b = "(ended)";
    if (a != b) {
      fmt::print("first event that differs: number {}\n", event);
      if (!before.empty()) fmt::print("  before  {}\n", before);
      fmt::print("  first   {}\n  second  {}\n", a, b);
      if (a.substr(std::min<size_t>(17, a.size())) == b.substr(std::min<size_t>(17, b.size()))) {
        fmt::print("  (the events look alike: a choice between the two events differed)\n");
      }
      return;
    }
    before = a;
  }
}

void find_divergence(const CommandOptions& options, const Plan& plan) {
  const auto directory = std::filesystem::temp_directory_path();
  const std::string first_path = directory / fmt::format("weir-first-{}.trace", plan.seed);
  const std::string second_path = directory / fmt::format("weir-second-{}.trace", plan.seed);
  run_in_worker(first_side(options), {plan, first_path});
  run_in_worker(second_side(options), {plan, second_path});
  print_divergence(first_path, second_path);
  std::filesystem::remove(first_path);
  std::filesystem::remove(second_path);
}

}  // namespace

int verify_command(const CommandOptions& options) {
  const Constraints scenario = scenario_of(options);
  const uint64_t count = options.seeds.last - options.seeds.first + 1;
  std::map<uint64_t, Outcome> outcomes;
  {
    Progress progress("verify " + options.scenario + ", first side", count);
    PoolOptions side = first_side(options);
    side.jobs = options.jobs;
    WorkerPool pool(side);
    uint64_t seed = options.seeds.first;
    pool.run(
        [&](Job& job) {
          if (seed > options.seeds.last) return false;
          job = {resolve(scenario, seed++, options.wishes), {}};
          return true;
        },
        [&](const RunRecord& record) {
          outcomes[record.plan.seed] = {record.hash, record.verdict};
          progress.step(0);
          return true;
        });
  }
  std::vector<uint64_t> mismatches;
  {
    Progress progress("verify " + options.scenario + ", second side", count);
    PoolOptions side = second_side(options);
    side.jobs = options.jobs;
    WorkerPool pool(side);
    uint64_t left = count;  // the other way round: after another seed
    pool.run(
        [&](Job& job) {
          if (left == 0) return false;
          job = {resolve(scenario, options.seeds.first + --left, options.wishes), {}};
          return true;
        },
        [&](const RunRecord& record) {
          const Outcome& first = outcomes[record.plan.seed];
          if (first.hash != record.hash || first.verdict != record.verdict) {
            mismatches.push_back(record.plan.seed);
          }
          progress.step(mismatches.size());
          return mismatches.size() < options.stop_after;
        });
  }
  if (options.json) {
    fmt::print("{{\"verify\":\"{}\",\"seeds\":{},\"mismatches\":{}}}\n", options.scenario, count,
               mismatches.size());
  } else {
    fmt::print("verify {}: {} seeds run twice, {} mismatches\n", options.scenario, count,
               mismatches.size());
  }
  if (mismatches.empty()) return 0;
  const uint64_t seed = mismatches.front();
  const Plan plan = resolve(scenario, seed, options.wishes);
  fmt::print("seed {} is not deterministic\n", seed);
  find_divergence(options, plan);
  fmt::print("reproduce {} verify {} --seeds {}..{}{}\n", options.program, options.scenario, seed,
             seed, wish_arguments(options.wishes));
  return static_cast<int>(VerdictKind::nondeterminism);
}

}  // namespace weir
