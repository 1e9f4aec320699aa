// The workload of the single-broker scenarios: producers that send batches, readers that follow, and
// clients that pipeline requests.
//
// It runs on any Env (simulated or real), on one machine or spread over several. Every producer is
// one process of the history and one idempotent client; every reader is one process that reads all
// partitions from the start. When the producers are done the readers read to the end: an answer that
// is empty at the high watermark, twice, is their final poll. The first reader then reads everything
// once more. A record that the broker (or its
// checksum) says is damaged is asked for again a few times, then reported and passed over.
#pragma once

#include <string>
#include <vector>

#include "scenarios/plan.h"
#include "scenarios/workloads/recorder.h"
#include "sim/env/env.h"

namespace weir {

struct WorkloadTarget {
  Endpoint broker;
  std::string topic = "events";
};

// The topics that the admins of a workload may create beside the one that is written to.
std::vector<std::string> side_topics(const Plan& plan);
// As many at the most.
inline constexpr int32_t kSideTopicPartitions = 3;

// What the machines of one workload know of each other. Owned by the run.
struct WorkloadProgress {
  uint32_t producers_done = 0;
  bool healed = false;  // no more faults will come: final polls wait for it
};

// The part of machine `index` of `count`: runs in one fiber and returns when all of its producers
// have written and all of its readers have read to the end.
void await_run_workload(Env& env, const Plan& plan, const WorkloadTarget& target, uint32_t index,
                        uint32_t count, HistoryRecorder& recorder, WorkloadProgress& progress);

}  // namespace weir
