// SweepTotals: what a sweep adds up, and whether it was worth anything. Pure.
//
// A sweep that found nothing may have looked at nothing. It is vacuous when no run was made, when a
// kind of fault never fired, or when one never had an effect; the last two only from kSeedsForEffect
// seeds on, below which chance may leave a kind out.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "scenarios/run_record.h"

namespace weir {

struct SweepTotals {
  static constexpr uint64_t kSeedsForEffect = 200;

  uint64_t runs = 0;
  uint64_t acked = 0;
  uint64_t allowed_losses = 0;
  uint64_t runs_with_allowed_losses = 0;
  int64_t virtual_ns = 0;
  std::array<FaultCount, kFaultKinds> faults{};
  std::map<std::string, uint64_t> findings;  // runs by what they found first
  std::vector<RunRecord> failures;

  void add(const RunRecord& record);
  // Why the sweep proves nothing; empty when it does prove something.
  [[nodiscard]] std::string vacuous() const;
};

}  // namespace weir
