// FaultSchedule: makes the faults of a plan happen in a world, ends them, and counts what they did.
//
// Owned by the run. It turns the knobs of sim/world and knows nothing of what runs on the machines:
// booting a server again is asked of its hooks. Every begin and end is an event of the trace.
//
//   network_faults.cc   links, partitions, connections
//   disk_faults.cc      rates and stalls of a disk, rot, the crash law
//   process_faults.cc   power, processes, disks that are wiped or swapped; clocks
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "sim/fault/fault.h"
#include "sim/world/world.h"

namespace weir {

struct FaultHooks {
  // Boots what runs on a server. Called only when nothing runs there.
  std::function<void(uint32_t node)> boot;
  // The medium of a machine may have lost what was not synced; it has not booted again yet.
  std::function<void(uint32_t node)> on_power_lost;
  // Durable bytes of a machine are gone that nobody was told about.
  std::function<void(uint32_t node, const DiskDamage&)> on_damage;
  // Which server kWhoeverLeads is now; without the hook, the first.
  std::function<uint32_t()> leader = {};
};

class FaultSchedule final : public EventTarget {
 public:
  // `servers` are the machines that are booted at the start and again after they died.
  FaultSchedule(World& world, std::vector<Fault> faults, std::vector<uint32_t> servers,
                FaultHooks hooks);
  ~FaultSchedule() override;

  // Whoever listens to the events of servers (SimNode::on_product_event) has said so before.
  void start();
  // Ends every fault that is still on: machines run, links are whole, disks and clocks are well.
  void heal_all();
  [[nodiscard]] std::array<FaultCount, kFaultKinds> counts() const;
  [[nodiscard]] bool power_was_lost() const;
  // The plan's, but those ambushes that have begun stand at the time and the place where they did, in order of
  // time, and those that have not are left out.
  [[nodiscard]] std::vector<Fault> as_they_happened() const;

 private:
  void on_event(uint64_t argument) override;
  void begin(const Fault& fault);
  void begin_at(uint64_t index);
  void name_leader(Fault& fault) const;
  void name(Fault& fault, uint32_t placeholder, uint32_t machine) const;

  // An ambush that lies in wait.
  struct Ambush {
    uint64_t index = 0;  // of its fault
    uint64_t point = 0;  // the site's id
    uint32_t left = 0;   // passes until it begins
  };
  void listen();
  void lie_in_wait(uint64_t index);
  void passed(uint32_t node, const Site& site);

  void end(const Fault& fault);

  void begin_network(const Fault& fault);
  void end_network(const Fault& fault);
  static FaultPoint* link_point(FaultKind kind, LinkFaults& link);
  void begin_link(const Fault& fault, LinkFaults& link);
  void end_link(const Fault& fault, LinkFaults& link);
  void begin_partition(FaultKind kind);
  template <class Visit>
  void for_each_isolated(const Fault& fault, Visit visit);
  void begin_swizzle(const Fault& fault);
  // Clogs (even) or releases (odd) machine argument / 2.
  struct Swizzle final : EventTarget {
    explicit Swizzle(FaultSchedule& of) : schedule(of) {}
    void on_event(uint64_t argument) override;
    FaultSchedule& schedule;
  };
  void begin_disk(const Fault& fault);
  void end_disk(const Fault& fault);
  FaultPoint* disk_point(FaultKind kind, DiskFaults& disk) const;
  FaultPoint* crash_point(FaultKind kind, CrashLaw& law) const;
  void rot(const Fault& fault);
  void begin_process(const Fault& fault);
  void end_process(const Fault& fault);
  void begin_clock(const Fault& fault);
  void end_clock(const Fault& fault);

  void lose_power(uint32_t node);
  void wipe(uint32_t node);
  void boot_if_down(uint32_t node);
  [[nodiscard]] uint64_t choose(const Site& site, uint64_t n);
  FaultCount& count(FaultKind kind) { return counts_[static_cast<size_t>(kind)]; }
  template <class Visit>
  void for_each_direction(const Fault& fault, Visit visit);

  World& world_;
  std::vector<Fault> faults_;  // those that have begun name machines
  const std::vector<uint32_t> servers_;
  const FaultHooks hooks_;
  std::vector<bool> active_;  // by fault: begun, not ended
  std::vector<Duration> sprung_at_;  // by fault, of those that are ambushes
  Stream stream_;
  Swizzle swizzle_{*this};
  std::vector<Ambush> ambushes_;
  bool listening_ = false;
  bool healed_ = false;
  std::array<FaultCount, kFaultKinds> counts_{};
};

// Who cannot reach whom, in order: pure, for any number of machines.
using Direction = std::pair<uint32_t, uint32_t>;
// Two groups; with `bridge` the first machine stays in touch with both. `order` is a permutation of
// the machines.
std::vector<Direction> split(const std::vector<uint32_t>& order, bool bridge);
// Each machine reaches itself and its nearest neighbours on a ring, a bare majority in all; for n of
// at least 5 no two see the same majority (Jepsen's majorities-ring).
std::vector<Direction> majorities_ring(const std::vector<uint32_t>& order);

}  // namespace weir
