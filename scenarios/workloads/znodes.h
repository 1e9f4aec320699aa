// The workload of the scenarios about coordination: writers, and watchers that follow a counter.
//
//   writer    creates, sets, deletes and reads a few znodes, half of them ephemeral, in one session after
//             another; once in a while it closes its session
//             in an ensemble half of its reads are behind a sync; it also sets two znodes in one multi, and
//             creates sequential ones
//   counter   writer 0 also counts /counter up, settled; its last count comes after the faults
//   watcher   reads /counter with a watch, and again only when it is told to: a watch that is lost, or told
//             before its data, leaves it behind for ever, and the run fails as a liveness finding
//
// Runs on any Env. Everything that was asked and answered is in the history, which the znode oracle judges.
#pragma once

#include <vector>

#include "broker/coordination/client/client.h"
#include "model/oracle/znode_oracle.h"
#include "scenarios/plan.h"
#include "sim/env/env.h"

namespace weir {

// What the machines of one workload share. Owned by the run.
struct ZnodeProgress {
  ZnodeHistory history;
  uint64_t last_value = 0;
  uint64_t last_multi = 0;
  int64_t time = 0;  // the clock of the history: one tick an event
  uint64_t counted = 0;
  uint64_t watched = 0;  // events that watchers were told
  uint32_t writers_done = 0;
  bool healed = false;
  bool counting_done = false;
};

// The part of machine `index` of `count`; returns when its writers have written, its watchers have seen the
// last count, and machine 0 has read everything once more.
void await_run_znode_workload(Env& env, const Plan& plan, const std::vector<Endpoint>& services,
                              uint32_t index, uint32_t count, ZnodeProgress& progress);

}  // namespace weir
