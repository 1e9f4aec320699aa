#include "scenarios/host/commands.h"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "scenarios/host/plan_file.h"
#include "scenarios/host/report_file.h"
#include "scenarios/host/scenario_file.h"
#include "scenarios/host/trace_text.h"

namespace weir {
namespace {

std::string read_text(const std::string& path, std::string& problem) {
  std::ifstream file(path);
  if (!file) problem = "cannot read " + path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Plan resolve_seed(const CommandOptions& options, uint64_t seed) {
  return resolve(scenario_of(options), seed, options.wishes);
}

std::string save_plan(const CommandOptions& options, const Plan& plan) {
  std::filesystem::create_directories(options.out_directory);
  const std::string path =
      fmt::format("{}/{}-{}.toml", options.out_directory, plan.scenario, plan.seed);
  std::ofstream(path) << plan_to_toml(plan);
  return path;
}

void print_faults(const RunRecord& record) {
  for (const Fault& fault : record.plan.faults) {
    const FaultTraits& kind = traits(fault.kind);
    if (kind.shape == FaultShape::crash) {
      fmt::print("  {:>14}  {}", "at power loss", kind.name);
    } else {
      fmt::print("  {:>11.3f} ms  {}", static_cast<double>(fault.at.us()) / 1000, kind.name);
    }
    const auto machine = [](uint32_t node) {
      if (node == kWhoeverPassed) return std::string("passer");
      return node == kWhoeverLeads ? "leader" : std::to_string(node);
    };
    if (fault.peer != 0) {
      fmt::print(" {} {} {}", machine(fault.node), kind.target == FaultTarget::pair ? "<->" : "->",
                 machine(fault.peer));
    } else if (fault.node > Plan::kBroker || (fault.node != 0 && record.plan.is_ensemble())) {
      fmt::print(" node {}", machine(fault.node));
    }
    if (fault.per_million > 0) {
      fmt::print(", {:.1f} %", static_cast<double>(fault.per_million) / 10'000);
    }
    if (!kind.amount.empty()) fmt::print(", {} {}", fault.amount, kind.amount);
    if (fault.lasts > Duration{}) {
      fmt::print(", for {:.3f} ms", static_cast<double>(fault.lasts.us()) / 1000);
    }
    if (fault.is_ambush()) {
      fmt::print(", {:.3f} ms behind pass {} of {}", static_cast<double>(fault.delay.us()) / 1000, fault.pass,
                 fault.point);
    }
    fmt::print("\n");
  }
}

void print_setup(const Plan& plan) {
  const char* const planted = plan.planted_bug.empty() ? "" : ", planted bug: ";
  if (plan.coordination) {
    if (plan.is_ensemble()) {
      fmt::print("ensemble  {} servers, {}, election timeout {} ms, heartbeats every {} ms", plan.servers,
                 plan.zab ? "zab" : "raft", plan.election_timeout.ms(), plan.heartbeat_interval.ms());
      if (plan.lost_servers > 0) {
        fmt::print("; {} lost at {} ms{}", plan.lost_servers, plan.lost_at.ms(),
                   plan.keeps_quorum() ? " for good" : "");
      }
      fmt::print("\n");
    }
    fmt::print("service   sessions of {} ms, ticks of {} ms, a snapshot every {} changes{}{}\n",
               plan.session_timeout.ms(), plan.session_tick.ms(), plan.snapshot_count, planted,
               plan.planted_bug);
    fmt::print("workload  {} writers, {} watchers, {} znodes, half of them ephemeral\n",
               plan.producers, plan.readers, 2 * plan.partitions);
    return;
  }
  fmt::print("broker    {} shard{}, {} handlers, segments of {} bytes, flush {}{}{}\n", plan.shards,
             plan.shards == 1 ? "" : "s", plan.io_threads, plan.segment_bytes,
             plan.flush_before_ack ? "before each ack" : "as Kafka's default (never)",
             planted, plan.planted_bug);
  fmt::print("workload  {} producers, {} readers, {} partitions, acks={}\n", plan.producers,
             plan.readers, plan.partitions, plan.acks);
}

void print_record(const RunRecord& record) {
  const Plan& plan = record.plan;
  fmt::print("scenario  {}, seed {}\n", plan.scenario, plan.seed);
  print_setup(plan);
  fmt::print("faults\n");
  print_faults(record);
  fmt::print("{}   {} acked, {} unknown, {} refused, {} read", plan.coordination ? "changes" : "records",
             record.acked, record.unknown, record.failed, record.read);
  if (record.allowed_losses > 0) {
    fmt::print("; {} acked ones lost, as the flush settings allow", record.allowed_losses);
  }
  if (record.destroyed > 0) fmt::print("; {} acked ones destroyed by faults", record.destroyed);
  if (record.reported_corrupt > 0) {
    fmt::print("; {} reported damaged to readers", record.reported_corrupt);
  }
  fmt::print("\nlasted    {:.3f} virtual s, {} trace events\n",
             static_cast<double>(record.virtual_ns) / 1e9, record.trace_events);
  constexpr size_t kShown = 10;
  const size_t shown = std::min(kShown, record.findings.size());
  for (const Finding& finding : std::span(record.findings).first(shown)) {
    fmt::print("FOUND     {} ({}): {}\n", finding.what, name(finding.kind), finding.sentence);
  }
  if (shown < record.findings.size()) {
    fmt::print("          and {} more (--json has them all)\n", record.findings.size() - shown);
  }
  fmt::print("verdict   {}\n", name(record.verdict));
  fmt::print("hash      {:016x}\n", record.hash);
}

// Asks the worker for the report. A worker that died wrote none: then there is one without a
// timeline.
RunRecord run_with_report(const CommandOptions& options, Job job) {
  if (job.report_path.empty()) {
    return run_in_worker({.timeout_seconds = options.timeout_seconds}, job);
  }
  std::error_code ignored;
  if (std::filesystem::is_regular_file(job.report_path, ignored)) {
    std::filesystem::remove(job.report_path, ignored);
  }
  RunRecord record = run_in_worker({.timeout_seconds = options.timeout_seconds}, job);
  if (!std::filesystem::is_regular_file(job.report_path, ignored) &&
      !write_report(job.report_path, job.replay_command, record, {})) {
    fmt::print(stderr, "{}: cannot write the report {}\n", options.program, job.report_path);
  }
  return record;
}

int run_and_tell(const CommandOptions& options, const Plan& plan, const std::string& plan_path) {
  Job job{plan, {}};
  job.replay_command = fmt::format("{} replay {}", options.program, plan_path);
  if (options.report) {
    job.report_path = !options.report_path.empty()
                          ? options.report_path
                          : fmt::format("{}/{}-{}.html", options.out_directory, plan.scenario,
                                        plan.seed);
  }
  const RunRecord record = run_with_report(options, job);
  if (options.json) {
    fmt::print("{}\n", record_to_json(record));
  } else {
    print_record(record);
    fmt::print("plan      {}\n", plan_path);
    fmt::print("replay    {}\n", job.replay_command);
    if (options.report) fmt::print("report    {}\n", job.report_path);
  }
  return static_cast<int>(record.verdict);
}

}  // namespace

std::optional<Constraints> load_scenario(const std::string& name, std::string& problem) {
  if (!name.ends_with(".toml")) {
    auto scenario = find_scenario(name);
    if (!scenario) problem = "there is no scenario \"" + name + "\"; weir-sim list shows them";
    return scenario;
  }
  const std::string text = read_text(name, problem);
  if (!problem.empty()) return std::nullopt;
  auto scenario = scenario_from_toml(text);
  if (scenario) return *scenario;
  problem = name + ": " + scenario.error();
  return std::nullopt;
}

Constraints scenario_of(const CommandOptions& options) {
  std::string problem;
  auto scenario = load_scenario(options.scenario, problem);
  CHECK_MSG(scenario.has_value(), "the scenario was looked up before");
  return *scenario;
}

std::string wish_arguments(const Wishes& wishes) {
  std::string text;
  if (wishes.shards) text += fmt::format(" --shards {}", *wishes.shards);
  if (wishes.flush_before_ack) {
    text += *wishes.flush_before_ack ? " --flush before-ack" : " --flush default";
  }
  if (!wishes.schedule.empty()) text += " --schedule " + wishes.schedule;
  if (!wishes.planted_bug.empty()) text += " --plant " + wishes.planted_bug;
  return text;
}

int run_command(const CommandOptions& options) {
  const Plan plan = resolve_seed(options, options.seeds.first);
  return run_and_tell(options, plan, save_plan(options, plan));
}

int replay_command(const CommandOptions& options, const std::string& plan_path) {
  std::string problem;
  const std::string text = read_text(plan_path, problem);
  if (!problem.empty()) {
    fmt::print(stderr, "{}: {}\n", options.program, problem);
    return 2;
  }
  const auto plan = plan_from_toml(text);
  if (!plan) {
    fmt::print(stderr, "{}: {}: {}\n", options.program, plan_path, plan.error());
    return 2;
  }
  return run_and_tell(options, *plan, plan_path);
}

int trace_command(const CommandOptions& options) {
  const Plan plan = resolve_seed(options, options.seeds.first);
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
  fmt::print("{}\n", trace_legend(plan.nodes()));
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
  if (json) {
    for (const Constraints& scenario : scenarios()) {
      fmt::print("{{\"scenario\":\"{}\",\"summary\":\"{}\"}}\n", scenario.name, scenario.summary);
    }
    for (const FaultTraits& kind : fault_kinds()) {
      fmt::print("{{\"fault\":\"{}\",\"family\":\"{}\",\"summary\":\"{}\"}}\n", kind.name,
                 name(kind.family), kind.summary);
    }
    for (const PlantedBug& bug : planted_bugs()) {
      fmt::print("{{\"planted\":\"{}\",\"scenario\":\"{}\",\"summary\":\"{}\"}}\n", bug.name,
                 bug.scenario, bug.summary);
    }
    return 0;
  }
  fmt::print("Scenarios (or a file of your own; its name ends with .toml):\n");
  for (const Constraints& scenario : scenarios()) {
    fmt::print("  {:14} {}\n", scenario.name, scenario.summary);
  }
  FaultFamily family{};
  fmt::print("Kinds of faults:");
  for (const FaultTraits& kind : fault_kinds()) {
    if (&kind == &fault_kinds().front() || kind.family != family) {
      family = kind.family;
      fmt::print("\n {}\n", name(family));
    }
    fmt::print("  {:20} {}\n", kind.name, kind.summary);
  }
  fmt::print("Planted bugs (--plant), to see that the checks find what they should:\n");
  for (const PlantedBug& bug : planted_bugs()) {
    fmt::print("  {:36} {:13} {}\n", bug.name, bug.scenario, bug.summary);
  }
  return 0;
}

}  // namespace weir
