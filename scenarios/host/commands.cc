#include "scenarios/host/commands.h"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "scenarios/host/plan_file.h"
#include "scenarios/host/trace_text.h"

namespace weir {
namespace {

Plan resolve(const CommandOptions& options, uint64_t seed) {
  const Scenario* const scenario = find_scenario(options.scenario);
  CHECK(scenario != nullptr);
  return scenario->resolve(seed, options.wishes);
}

std::string save_plan(const CommandOptions& options, const Plan& plan) {
  std::filesystem::create_directories(options.out_directory);
  const std::string path =
      fmt::format("{}/{}-{}.toml", options.out_directory, plan.scenario, plan.seed);
  std::ofstream(path) << plan_to_toml(plan);
  return path;
}

void print_faults(const RunRecord& record) {
  for (const PlannedFault& fault : record.plan.faults) {
    fmt::print("  {:>9.3f} ms  {}", static_cast<double>(fault.at.us()) / 1000, name(fault.kind));
    if (fault.lasts > Duration{}) {
      fmt::print(" for {:.3f} ms", static_cast<double>(fault.lasts.us()) / 1000);
    }
    if (fault.kind == FaultKind::cut) {
      fmt::print(" ({})", fault.to_broker && fault.from_broker ? "both ways"
                          : fault.to_broker                    ? "towards the broker"
                                                               : "from the broker");
    }
    fmt::print("\n");
  }
}

void print_record(const RunRecord& record) {
  const Plan& plan = record.plan;
  fmt::print("scenario  {}, seed {}\n", plan.scenario, plan.seed);
  fmt::print("broker    {} shard{}, {} handlers, segments of {} bytes, flush {}{}{}\n", plan.shards,
             plan.shards == 1 ? "" : "s", plan.io_threads, plan.segment_bytes,
             plan.flush_before_ack ? "before each ack" : "as Kafka's default (never)",
             plan.planted_bug.empty() ? "" : ", planted bug: ", plan.planted_bug);
  fmt::print("workload  {} producers, {} readers, {} partitions, acks={}\n", plan.producers,
             plan.readers, plan.partitions, plan.acks);
  fmt::print("faults\n");
  print_faults(record);
  fmt::print("records   {} acked, {} unknown, {} refused, {} read", record.acked, record.unknown,
             record.failed, record.read);
  if (record.allowed_losses > 0) {
    fmt::print("; {} acked ones lost, as the flush settings allow", record.allowed_losses);
  }
  fmt::print("\nlasted    {:.3f} virtual s, {} trace events\n",
             static_cast<double>(record.virtual_ns) / 1e9, record.trace_events);
  for (const Finding& finding : record.findings) {
    fmt::print("FOUND     {} ({}): {}\n", finding.what, name(finding.kind), finding.sentence);
  }
  fmt::print("verdict   {}\n", name(record.verdict));
  fmt::print("hash      {:016x}\n", record.hash);
}

int report(const CommandOptions& options, const RunRecord& record, const std::string& plan_path) {
  if (options.json) {
    fmt::print("{}\n", record_to_json(record));
  } else {
    print_record(record);
    fmt::print("plan      {}\n", plan_path);
    fmt::print("replay    {} replay {}\n", options.program, plan_path);
  }
  return static_cast<int>(record.verdict);
}

}  // namespace

std::string wish_arguments(const Wishes& wishes) {
  std::string text;
  if (wishes.shards) text += fmt::format(" --shards {}", *wishes.shards);
  if (wishes.flush_before_ack) {
    text += *wishes.flush_before_ack ? " --flush before-ack" : " --flush default";
  }
  if (!wishes.planted_bug.empty()) text += " --plant " + wishes.planted_bug;
  return text;
}

int run_command(const CommandOptions& options) {
  const Plan plan = resolve(options, options.seeds.first);
  const std::string path = save_plan(options, plan);
  return report(options, run_in_worker({.timeout_seconds = options.timeout_seconds}, {plan, {}}),
                path);
}

int replay_command(const CommandOptions& options, const std::string& plan_path) {
  std::ifstream file(plan_path);
  if (!file) {
    fmt::print(stderr, "{}: cannot read {}\n", options.program, plan_path);
    return 2;
  }
  std::ostringstream text;
  text << file.rdbuf();
  const auto plan = plan_from_toml(text.str());
  if (!plan) {
    fmt::print(stderr, "{}: {}: {}\n", options.program, plan_path, plan.error());
    return 2;
  }
  return report(options, run_in_worker({.timeout_seconds = options.timeout_seconds}, {*plan, {}}),
                plan_path);
}

int trace_command(const CommandOptions& options) {
  const Plan plan = resolve(options, options.seeds.first);
  std::filesystem::create_directories(options.out_directory);
  const std::string path =
      fmt::format("{}/{}-{}.trace", options.out_directory, plan.scenario, plan.seed);
  const RunRecord record = run_in_worker({.timeout_seconds = options.timeout_seconds},
                                         {plan, std::filesystem::absolute(path)});
  std::ifstream file(path);
  std::string line;
  uint64_t skip = 0;
  if (options.last_events > 0 && record.trace_events > options.last_events) {
    skip = record.trace_events - options.last_events;
  }
  fmt::print("{}\n", trace_legend(2));
  constexpr size_t kHashColumn = 17;  // 16 digits and a space: for the divergence finder
  for (uint64_t i = 0; std::getline(file, line); ++i) {
    if (i >= skip) fmt::print("{}\n", line.substr(std::min(kHashColumn, line.size())));
  }
  fmt::print("verdict   {}\nhash      {:016x}\nreplay    {} trace {} --seed {}{}\n",
             name(record.verdict), record.hash, options.program, options.scenario,
             options.seeds.first, wish_arguments(options.wishes));
  std::filesystem::remove(path);
  return static_cast<int>(record.verdict);
}

int list_command(bool json) {
  if (!json) fmt::print("Scenarios:\n");
  for (const Scenario& scenario : scenarios()) {
    if (json) {
      fmt::print("{{\"scenario\":\"{}\",\"summary\":\"{}\"}}\n", scenario.name, scenario.summary);
    } else {
      fmt::print("  {:14} {}\n", scenario.name, scenario.summary);
    }
  }
  if (json) return 0;
  fmt::print("Planted bugs (--plant), to see that the checks find what they should:\n");
  for (const std::string_view bug : planted_bugs()) fmt::print("  {}\n", bug);
  return 0;
}

}  // namespace weir
