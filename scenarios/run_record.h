// RunRecord: what came out of one run. Written by scenarios, read by reports and by people.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/plan.h"

namespace weir {

// The number is the exit status of weir-sim.
enum class VerdictKind : uint8_t {
  pass = 0,
  invariant = 10,        // the durability and log oracles
  history = 11,          // the history checker
  liveness = 12,         // not done within the bound after the last fault
  crash = 13,            // the code under test aborted
  nondeterminism = 14,   // two runs of one plan differ
  vacuous = 15,          // nothing was acked, a fault never fired, a probe was never reached
  timeout = 16,          // real time
};
std::string_view name(VerdictKind kind);

struct Finding {
  VerdictKind kind = VerdictKind::pass;
  std::string what;      // kind of anomaly
  std::string sentence;
  int64_t at_ns = -1;    // virtual time of what was seen; -1: only the end showed it
};

struct RunRecord {
  Plan plan;
  VerdictKind verdict = VerdictKind::pass;
  std::vector<Finding> findings;
  uint64_t allowed_losses = 0;    // acked records gone, where the settings promise nothing
  uint64_t destroyed = 0;         // acked records gone that a fault of the disk took
  uint64_t reported_corrupt = 0;  // records that readers were told are damaged
  uint64_t hash = 0;
  uint64_t trace_events = 0;
  int64_t virtual_ns = 0;
  std::array<FaultCount, kFaultKinds> faults{};
  std::vector<Fault> happened;  // the plan's faults, ambushes where and when they struck; empty before a run
  std::map<std::string, uint64_t> probes;    // reached: how often
  std::map<std::string, uint64_t> buggified; // points that fired: how often
  uint64_t acked = 0;
  uint64_t failed = 0;
  uint64_t unknown = 0;
  uint64_t read = 0;
};

}  // namespace weir
