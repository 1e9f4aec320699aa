#include "tests/sim/conformance.h"

#include <algorithm>

namespace weir {

bool CaseReport::expect(bool holds, std::string_view what) {
  if (!holds) {
    const std::lock_guard lock(mutex_);
    failures_.emplace_back(what);
  }
  return holds;
}

void CaseReport::note_finished() {
  const std::lock_guard lock(mutex_);
  ++finished_;
}

std::vector<std::string> CaseReport::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

uint32_t CaseReport::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

std::vector<ConformanceCase> conformance_cases() {
  std::vector<ConformanceCase> all;
  for (auto& part : {tcp_cases(), watch_cases(), disk_cases(), clock_cases(), shard_cases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<std::string> run_case(const RunWorld& world, uint32_t shards,
                                  const ConformanceCase& conformance_case) {
  const uint32_t count = std::max(shards, conformance_case.shards);
  CaseReport report;
  world(count, [&](Env& env, Event& stop) {
    conformance_case.body(env, stop, report);
    report.note_finished();
  });
  std::vector<std::string> failures = report.failures();
  if (report.finished() != count) failures.emplace_back("the case did not finish on every shard");
  return failures;
}

}  // namespace weir
