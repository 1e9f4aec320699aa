#include "scenarios/host/sweep_totals.h"

#include "scenarios/probes.h"
#include "scenarios/registry.h"

namespace weir {

void SweepTotals::add(const RunRecord& record) {
  ++runs;
  acked += record.acked;
  allowed_losses += record.allowed_losses;
  destroyed += record.destroyed;
  reported_corrupt += record.reported_corrupt;
  trace_events += record.trace_events;
  runs_with_allowed_losses += record.allowed_losses > 0 ? 1 : 0;
  virtual_ns += record.virtual_ns;
  for (size_t i = 0; i < kFaultKinds; ++i) {
    faults[i].planned += record.faults[i].planned;
    faults[i].fired += record.faults[i].fired;
    faults[i].effective += record.faults[i].effective;
  }
  for (const auto& [probe, count] : record.probes) ++probes[probe];
  for (const auto& [point, count] : record.buggified) ++buggified[point];
  if (record.verdict == VerdictKind::pass) return;
  const std::string what = record.findings.empty() ? "" : record.findings.front().what;
  ++findings[std::string(name(record.verdict)) + ": " + what];
  failures.push_back(record);
}

namespace {

bool is_for(const Probe& probe, std::string_view scenario) {
  if (!probe.only.empty()) return probe.only.find(scenario) != std::string_view::npos;
  const auto known = find_scenario(scenario);
  return !known || !known->keys.contains("coordination");
}

}  // namespace

std::vector<std::string_view> SweepTotals::unreached(std::string_view scenario, bool rare) const {
  std::vector<std::string_view> missing;
  for (const Probe& probe : weir::probes()) {
    if (probe.rare != rare || !is_for(probe, scenario)) continue;
    if (!probes.contains(std::string(probe.name))) missing.push_back(probe.name);
  }
  return missing;
}

std::string SweepTotals::vacuous(std::string_view scenario) const {
  if (runs == 0) return "not one run was made";
  if (acked == 0) return "not one record was acknowledged";
  for (size_t i = 0; i < kFaultKinds && runs >= kSeedsForEffect; ++i) {
    const std::string kind(name(static_cast<FaultKind>(i)));
    if (faults[i].planned == 0) continue;
    if (faults[i].fired == 0) return "fault " + kind + " never fired";
    if (faults[i].effective == 0) return "fault " + kind + " never had an effect";
  }
  if (runs < kSeedsForProbes) return {};
  const auto missing = unreached(scenario, false);
  return missing.empty() ? "" : "never reached: " + std::string(missing.front());
}

}  // namespace weir
