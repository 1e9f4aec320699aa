// Planned faults as spans to draw. The one place that knows what a fault of a plan looks like.
#pragma once

#include <string>
#include <vector>

#include "scenarios/plan.h"

namespace weir::reports {

struct FaultSpan {
  FaultKind kind = FaultKind::kill;
  std::string name;    // of the kind
  std::string detail;  // "latency 12.4 ms"; may be empty
  std::string where;   // "broker", "broker to clients 2", "everywhere"
  int64_t begin_ns = 0;
  int64_t end_ns = 0;   // begin_ns for what takes no time
  uint32_t node = 0;    // 0: everywhere
  uint32_t peer = 0;    // the other machine of a direction or a pair, or 0
  uint32_t colour = 0;  // equal for equal kinds; see style.h

  [[nodiscard]] bool touches(uint32_t other) const {
    return node == 0 || node == other || peer == other;
  }
};

inline constexpr uint32_t kFaultColours = 8;

// What is drawn along the time: everything but the faults of a crash, in their order. Without what happened an
// ambush stands where it begins to wait.
std::vector<FaultSpan> fault_spans(const Plan& plan, const std::vector<Fault>& happened);
inline std::vector<FaultSpan> fault_spans(const Plan& plan) { return fault_spans(plan, plan.faults); }

// What happens at every loss of power, a sentence a machine: "Whenever the broker loses its power: ..."
std::vector<std::string> crash_sentences(const Plan& plan);

// What people call a machine of the plan: "broker", "clients 2".
std::string machine_name(const Plan& plan, uint32_t node);

}  // namespace weir::reports
