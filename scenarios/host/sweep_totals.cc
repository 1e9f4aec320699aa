#include "scenarios/host/sweep_totals.h"

namespace weir {

void SweepTotals::add(const RunRecord& record) {
  ++runs;
  acked += record.acked;
  allowed_losses += record.allowed_losses;
  runs_with_allowed_losses += record.allowed_losses > 0 ? 1 : 0;
  virtual_ns += record.virtual_ns;
  for (size_t i = 0; i < kFaultKinds; ++i) {
    faults[i].planned += record.faults[i].planned;
    faults[i].fired += record.faults[i].fired;
    faults[i].effective += record.faults[i].effective;
  }
  if (record.verdict == VerdictKind::pass) return;
  const std::string what = record.findings.empty() ? "" : record.findings.front().what;
  ++findings[std::string(name(record.verdict)) + ": " + what];
  failures.push_back(record);
}

std::string SweepTotals::vacuous() const {
  if (runs == 0) return "not one run was made";
  if (acked == 0) return "not one record was acknowledged";
  if (runs < kSeedsForEffect) return {};
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const std::string kind(name(static_cast<FaultKind>(i)));
    if (faults[i].fired == 0) return "fault " + kind + " never fired";
    if (faults[i].effective == 0) return "fault " + kind + " never had an effect";
  }
  return {};
}

}  // namespace weir
