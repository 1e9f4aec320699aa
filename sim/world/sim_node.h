// SimNode: a machine of the simulated world, and the process on it.
//
// The machine (address, clock, disk) stays; processes come and go:
//
//   off ──boot──> running ──program returns on every shard──> stopped
//                    ├──kill (the OS lives: peers get resets, the disk keeps every write)──> stopped
//                    └──lose_power (peers hear nothing, the disk loses what was volatile)──> off
//
// Killing unwinds the fibers of all shards, youngest first by id, outside of any of them.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/fiber/program.h"
#include "sim/world/sim_shard.h"

namespace weir {

struct NodeOptions {
  uint32_t shards = 1;
  CpuLaw cpu;
  DiskOptions disk;
  uint32_t shard_channel_slots = 64;
};

using LogSink = std::function<void(uint32_t node, LogLevel, std::string_view component,
                                   std::string_view line)>;

class SimNode;

// One life of a program on a node.
class SimProcess {
 public:
  // `life`: how many the node had before.
  SimProcess(SimNode& node, uint64_t life, const Program& program);
  ~SimProcess();  // unwinds what still runs
  SimNode& node() { return node_; }
  [[nodiscard]] uint64_t life() const { return life_; }
  SimShard& shard(uint32_t index) { return *shards_.at(index); }
  [[nodiscard]] uint32_t shard_count() const { return static_cast<uint32_t>(shards_.size()); }
  uint64_t next_fiber_id() { return next_fiber_id_++; }
  void request_stop();
  void reschedule_timers();
  [[nodiscard]] bool ended() const { return returned_ == shards_.size(); }

 private:
  SimNode& node_;
  const uint64_t life_;
  std::vector<std::unique_ptr<SimShard>> shards_;
  std::vector<std::unique_ptr<Event>> stop_events_;
  uint64_t next_fiber_id_ = 1;
  size_t returned_ = 0;
};

class SimNode {
 public:
  SimNode(Simulator& simulator, SimNetwork& network, SimBuggify& buggify, uint32_t id,
          NodeOptions options);
  ~SimNode();

  void boot(Program program);
  void kill();
  CrashLosses lose_power();
  // SIGTERM: the program's `stop` is set; look at `running()` for when it is done.
  void request_stop();
  // SIGSTOP or a pause of the virtual machine: the process does nothing, its kernel goes on.
  void pause();
  void resume();
  [[nodiscard]] bool paused() const { return paused_; }
  // Every turn takes this many times as long; 1 at first.
  void slow_down(int64_t factor);
  [[nodiscard]] int64_t cpu_slowdown() const { return cpu_slowdown_; }
  // After the clock's pace was changed: timers are looked at anew.
  void clock_changed();
  // A process whose program has returned everywhere is put away. True when nothing runs.
  bool reap();
  [[nodiscard]] bool running() const { return process_ != nullptr && !process_->ended(); }
  [[nodiscard]] bool powered() const { return network_.is_up(id_); }

  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] const NodeOptions& options() const { return options_; }
  Simulator& simulator() { return simulator_; }
  SimNetwork& network() { return network_; }
  SimClock& clock() { return clock_; }
  DiskImage& disk() { return disk_; }
  DiskFaults& disk_faults() { return disk_faults_; }
  SimBuggify& buggify() { return buggify_; }
  ShardPort& port(uint32_t shard) { return *ports_.at(shard); }

  // For tests: called before each suspension of a fiber of this node.
  std::function<void(const Fiber&)> on_suspend;
  LogSink log_sink;
  // For oracles: every event that code on this node traces, as it happens. May look, not touch.
  std::function<void(const Site& site, const std::array<uint64_t, 4>& values)> on_product_event;

 private:
  Simulator& simulator_;
  SimNetwork& network_;
  SimBuggify& buggify_;
  const uint32_t id_;
  const NodeOptions options_;
  SimClock clock_;
  DiskImage disk_;
  DiskFaults disk_faults_;
  Stream crash_stream_;
  bool paused_ = false;
  int64_t cpu_slowdown_ = 1;
  std::vector<std::unique_ptr<ShardPort>> ports_;
  uint64_t lives_ = 0;
  std::unique_ptr<SimProcess> process_;
};

}  // namespace weir
