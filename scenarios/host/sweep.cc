// sweep: many seeds, and whether the sweep itself was worth anything.
#include <fmt/core.h>

#include "scenarios/host/commands.h"
#include "scenarios/host/progress.h"
#include "scenarios/host/sweep_totals.h"

namespace weir {
namespace {

std::string reproduce(const CommandOptions& options, uint64_t seed) {
  return fmt::format("{} run {} --seed {}{}", options.program, options.scenario, seed,
                     wish_arguments(options.wishes));
}

void print_summary(const CommandOptions& options, const SweepTotals& totals, double seconds) {
  fmt::print("{}: {} seeds, {} failed, {:.1f} s ({:.0f} seeds/s, {:.0f} virtual s per second)\n",
             options.scenario, totals.runs, totals.failures.size(), seconds,
             static_cast<double>(totals.runs) / seconds,
             static_cast<double>(totals.virtual_ns) / 1e9 / seconds);
  fmt::print("records   {} acked; {} lost as the settings allow, in {} runs; {} destroyed by faults; "
             "{} reported damaged to readers\n",
             totals.acked, totals.allowed_losses, totals.runs_with_allowed_losses, totals.destroyed,
             totals.reported_corrupt);
  fmt::print("events    {} ({:.0f} per second)\n", totals.trace_events,
             static_cast<double>(totals.trace_events) / seconds);
  fmt::print("fault                  planned       fired   effective\n");
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const FaultCount& count = totals.faults[i];
    if (count.planned == 0) continue;
    fmt::print("{:20} {:>9}  {:>10}  {:>10}\n", name(static_cast<FaultKind>(i)), count.planned,
               count.fired, count.effective);
  }
  fmt::print("probes    {} reached, {} points of buggify fired", totals.probes.size(),
             totals.buggified.size());
  for (const bool rare : {false, true}) {
    for (const std::string_view probe : totals.unreached(options.scenario, rare)) {
      fmt::print("\n          never reached{}: {}", rare ? " (rare)" : "", probe);
    }
  }
  fmt::print("\n");
  for (const auto& [what, runs] : totals.findings) fmt::print("{:>7} x {}\n", runs, what);
  for (const RunRecord& failure : totals.failures) {
    fmt::print("FAILED    seed {}: {}\n", failure.plan.seed,
               failure.findings.empty() ? "" : failure.findings.front().sentence);
  }
}

void print_json_summary(const CommandOptions& options, const SweepTotals& totals, double seconds,
                        const std::string& vacuous) {
  std::string faults;
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const FaultCount& count = totals.faults[i];
    if (count.planned == 0) continue;
    faults += fmt::format("{}\"{}\":{{\"planned\":{},\"fired\":{},\"effective\":{}}}",
                          faults.empty() ? "" : ",", name(static_cast<FaultKind>(i)), count.planned,
                          count.fired, count.effective);
  }
  std::string probes;
  for (const auto& [probe, runs] : totals.probes) {
    probes += fmt::format("{}\"{}\":{}", probes.empty() ? "" : ",", probe, runs);
  }
  fmt::print(
      "{{\"summary\":\"{}\",\"runs\":{},\"failed\":{},\"acked\":{},\"allowed_losses\":{},"
      "\"runs_with_allowed_losses\":{},\"seconds\":{:.3f},\"vacuous\":\"{}\",\"faults\":{{{}}},"
      "\"probes\":{{{}}}}}\n",
      options.scenario, totals.runs, totals.failures.size(), totals.acked, totals.allowed_losses,
      totals.runs_with_allowed_losses, seconds, vacuous, faults, probes);
}

}  // namespace

int sweep_command(const CommandOptions& options) {
  const Constraints scenario = scenario_of(options);
  SweepTotals totals;
  uint64_t next_seed = options.seeds.first;
  Progress progress("sweep " + options.scenario, options.seeds.last - options.seeds.first + 1);
  WorkerPool pool({.jobs = options.jobs, .timeout_seconds = options.timeout_seconds});
  pool.run(
      [&](Job& job) {
        if (next_seed > options.seeds.last) return false;
        job = {resolve(scenario, next_seed++, options.wishes), {}};
        return true;
      },
      [&](const RunRecord& record) {
        totals.add(record);
        progress.step(totals.failures.size());
        if (options.json) fmt::print("{}\n", record_to_json(record));
        return totals.failures.size() < options.stop_after;
      });
  const double seconds = progress.elapsed_seconds();
  const std::string vacuous = totals.failures.empty() ? totals.vacuous(options.scenario) : "";
  if (options.json) {
    print_json_summary(options, totals, seconds, vacuous);
  } else {
    print_summary(options, totals, seconds);
  }
  if (!vacuous.empty()) {
    fmt::print(stderr, "the sweep proves nothing: {}\n", vacuous);
    return static_cast<int>(VerdictKind::vacuous);
  }
  if (totals.failures.empty()) return 0;
  const RunRecord* first = &totals.failures.front();
  for (const RunRecord& failure : totals.failures) {
    if (failure.plan.seed < first->plan.seed) first = &failure;
  }
  fmt::print("{}reproduce {}\n", options.json ? "# " : "", reproduce(options, first->plan.seed));
  return static_cast<int>(first->verdict);
}

}  // namespace weir
