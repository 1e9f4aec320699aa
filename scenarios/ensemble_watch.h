// EnsembleWatch: hears what the servers of an ensemble trace, and tells the ensemble oracle.
#pragma once

#include <array>
#include <cstdint>

#include "model/oracle/ensemble_oracle.h"
#include "scenarios/plan.h"
#include "sim/base/site.h"

namespace weir {

class EnsembleWatch {
 public:
  explicit EnsembleWatch(const Plan& plan)
      : oracle(plan.servers, plan.zab ? DurableLogs::Order::by_epoch : DurableLogs::Order::by_zxid) {}

  // False when the event is none of an ensemble's.
  bool told(uint32_t node, const Site& site, const std::array<uint64_t, 4>& values);

  EnsembleOracle oracle;

 private:
  bool told_of_log(uint32_t node, const Site& site, const std::array<uint64_t, 4>& values);
};

}  // namespace weir
