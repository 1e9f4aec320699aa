// SweepTotals: what a sweep adds up, and whether it was worth anything. Pure.
//
// A sweep that found nothing may have looked at nothing. It is vacuous when no run was made or no
// record acknowledged; from kSeedsForEffect seeds on, when a kind of fault that was planned never fired
// or never had an effect; from kSeedsForProbes seeds on, when a probe was not reached that is not rare.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/run_record.h"

namespace weir {

struct SweepTotals {
  static constexpr uint64_t kSeedsForEffect = 5'000;
  static constexpr uint64_t kSeedsForProbes = 2'000;

  uint64_t runs = 0;
  uint64_t acked = 0;
  uint64_t allowed_losses = 0;
  uint64_t destroyed = 0;
  uint64_t reported_corrupt = 0;
  uint64_t trace_events = 0;
  uint64_t runs_with_allowed_losses = 0;
  int64_t virtual_ns = 0;
  std::array<FaultCount, kFaultKinds> faults{};
  std::map<std::string, uint64_t> findings;  // runs by what they found first
  std::vector<RunRecord> failures;
  std::map<std::string, uint64_t> probes;     // reached in how many runs
  std::map<std::string, uint64_t> buggified;  // fired in how many runs

  void add(const RunRecord& record);
  // Why the sweep proves nothing; empty when it does prove something.
  [[nodiscard]] std::string vacuous(std::string_view scenario) const;
  // Probes that this scenario can reach and never did.
  [[nodiscard]] std::vector<std::string_view> unreached(std::string_view scenario,
                                                        bool rare) const;
};

}  // namespace weir
