// run_plan: one plan in one simulated world, judged.
//
//   phase 1  the workload runs; the plan's faults happen at their times
//   phase 2  everything is healed and powered; the workload must finish within settle_within
//   verdict  durability oracle (told of every ack, and of the medium after every power loss), then
//            the history checker; a run that acked nothing is vacuous
//
// With flush_before_ack every acked record must survive. Without, what a power loss took is counted
// as allowed by the settings; what no setting allows (a record nobody wrote, an altered one) is a
// finding all the same.
#pragma once

#include <functional>

#include "scenarios/run_record.h"
#include "sim/world/trace_log.h"
#include "sim/world/world.h"

namespace weir {

struct RunOptions {
  TraceSink* sink = nullptr;      // sees every event
  LogSink log_sink;               // gets the log lines of all nodes
  ChoiceOracle* oracle = nullptr; // null: a RandomOracle
  // Of the runs before this one: who runs many need not map and clear as many. Null: the run's own.
  StackPool* stacks = nullptr;
  // Called once the world stands, before anything runs (tests hook into it).
  std::function<void(World&)> on_world;
};

RunRecord run_plan(const Plan& plan, const RunOptions& options = {});

}  // namespace weir
