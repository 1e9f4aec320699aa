// A client that sends several requests at once and expects the answers in their order, as Kafka
// promises for each connection.
#pragma once

#include "scenarios/plan.h"
#include "scenarios/workloads/recorder.h"
#include "sim/env/env.h"

namespace weir {

struct WorkloadProgress;

// Returns when the producers of the workload are done.
void await_pipeline(Env& env, const Endpoint& broker, const Plan& plan, HistoryRecorder& recorder,
                    const WorkloadProgress& progress);

}  // namespace weir
