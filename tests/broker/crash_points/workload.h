// Workload: a small deterministic program on the real broker's parts, whose every I/O boundary is a
// crash point. What the broker learns to write next is one more row of the table.
//
// A workload lives several times on one Machine. In the first life it does what its row is about;
// in each later one it opens what is there, lets it recover, has its Promises checked, repeats what
// was under way when it died (as a client would) and works on a little. It notes a promise at the
// instant at which a client would have heard of it.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tests/broker/crash_points/machine.h"

namespace weir {

class Workload {
 public:
  virtual ~Workload() = default;
  // What happens before boundaries count: brings the medium to where the first life starts.
  virtual void prepare(Machine& /*machine*/) {}
  // One life; returns early when the machine was struck.
  virtual void live(Machine& machine, bool first) = 0;
};

struct WorkloadRow {
  std::string_view name;
  MachineOptions machine;
  std::function<std::unique_ptr<Workload>(Promises&)> make;
};

std::vector<WorkloadRow> workload_table();

// Its parts, one for each kind of thing on the disk.
std::vector<WorkloadRow> log_workloads();
std::vector<WorkloadRow> metadata_workloads();
std::vector<WorkloadRow> broker_workloads();
std::vector<WorkloadRow> deletion_workloads();

}  // namespace weir
