// WorkerPool: plans in, records out, over worker processes that may crash or hang.
//
// A worker that dies in the middle of a run gives a record with verdict `crash` (and what it had
// printed last); one that takes longer than the limit is killed and gives `timeout`. Both are
// replaced, and the rest goes on. Records come in the order of completion.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/host/record_json.h"

namespace weir {

struct PoolOptions {
  uint32_t jobs = 1;
  int timeout_seconds = 60;               // of real time, per run
  std::vector<std::string> worker_arguments;    // after "worker"
  std::vector<std::string> environment;   // KEY=value, added to or replacing what there is
  std::string directory;                  // where workers run; empty: here
};

struct Job {
  Plan plan;
  std::string trace_path;
  std::string report_path{};
  std::string replay_command{};
};

class WorkerPool {
 public:
  // Gives the next job; nothing ends the work.
  using Source = std::function<bool(Job&)>;
  // Gets each record, its plan filled in. False stops: what runs is thrown away.
  using Sink = std::function<bool(RunRecord)>;

  explicit WorkerPool(PoolOptions options);
  ~WorkerPool();
  void run(const Source& next, const Sink& done);

 private:
  struct Worker;
  void spawn(Worker& worker);
  void give(Worker& worker, Job job);
  RunRecord bury(Worker& worker, VerdictKind kind, std::string_view why);

  const PoolOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

// One plan in one worker.
RunRecord run_in_worker(const PoolOptions& options, const Job& job);

}  // namespace weir
