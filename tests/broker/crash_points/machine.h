// Machine: one simulated computer with a disk that outlives its processes and can lose power at a
// chosen I/O boundary, and a second one for clients.
//
//   Machine machine(promises, {});
//   machine.arm(7);
//   machine.run(body);                       // ends with the body, or at the seventh boundary
//   if (machine.struck()) machine.crash(mode);
#pragma once

#include <functional>
#include <map>

#include "sim/fiber/program.h"
#include "sim/world/world.h"
#include "tests/broker/crash_points/crash_mode.h"
#include "tests/broker/crash_points/power_cut.h"
#include "tests/broker/crash_points/promises.h"

namespace weir {

struct MachineOptions {
  uint32_t shards = 1;
  bool small_limits = false;  // every `limit` of the broker at its extreme: windows of some bytes
  uint64_t order = 0;         // 0: the disk is as fast as it can be; else times are drawn: others
                              // overtake, and another number is another order of things
  uint64_t planted_bug = 0;   // Site::id
};

class Machine {
 public:
  Machine(Promises& promises, const MachineOptions& options);

  // Boundaries count from here.
  void arm(uint64_t boundary) { cut_.arm(boundary); }
  [[nodiscard]] bool struck() const { return cut_.struck(); }
  [[nodiscard]] const PowerCut& cut() const { return cut_; }
  // A process that runs `body` on one shard.
  void run(const std::function<void(Env&)>& body);
  // A process that serves until the client's body has ended, and is stopped in order then.
  void serve(const Program& server, const std::function<void(Env&)>& client);
  // What is volatile obeys the mode. Gives how many unsynced changes there were to decide about.
  uint64_t crash(const CrashMode& mode);

  // A log whose event log.opened is to be judged.
  void watch(const TopicPartition& tp) { logs_[fnv1a(to_string(tp))] = tp; }
  DiskImage& disk() { return server().disk(); }
  // Fold of everything on the medium: names and bytes.
  [[nodiscard]] uint64_t medium_digest();
  static std::string server_address() { return World::address_of(kServer); }

 private:
  static constexpr uint32_t kServer = 1;
  static constexpr uint32_t kClients = 2;
  SimNode& server() { return world_.node(kServer); }
  void boot(const Program& program);
  // Until `ended`, or the cut strikes; a violation when neither comes.
  void step_until(const std::function<bool()>& ended);

  Promises& promises_;
  CrashOracle oracle_;
  World world_;
  PowerCut cut_;
  std::map<uint64_t, TopicPartition> logs_;  // by the id that their events carry
};

}  // namespace weir
