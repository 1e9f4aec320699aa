// The workload of the single-broker scenarios: producers that send batches, readers that follow.
//
// It runs on any Env (simulated or real). Every producer is one process of the history and one
// idempotent client; every reader is one process that reads all partitions from the start. When the
// producers are done the readers read to the end: an answer that is empty at the high watermark, twice, is
// their final poll.
#pragma once

#include <string>

#include "scenarios/plan.h"
#include "scenarios/workloads/recorder.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

struct WorkloadTarget {
  Endpoint broker;
  std::string topic = "events";
};

// Runs in one fiber of the clients' node and returns when everything is written and read.
// `healed` is set when no more faults will come: final polls wait for it.
void await_run_workload(Env& env, const Plan& plan, const WorkloadTarget& target,
                        HistoryRecorder& recorder, Event& healed);

}  // namespace weir
