// The faults of machines, processes and clocks.
#include "sim/fault/fault_schedule.h"

namespace weir {
namespace {
constexpr Site kReplacedClock{"fault.replaced.clock"};
constexpr Site kWiped{"disk.wiped"};
constexpr Site kSwapped{"disk.swapped"};
}  // namespace

void FaultSchedule::boot_if_down(uint32_t node) {
  if (world_.node(node).reap()) hooks_.boot(node);
}

void FaultSchedule::lose_power(uint32_t node) {
  const CrashLosses losses = world_.node(node).lose_power();
  if (losses.lost_sectors + losses.lost_names > 0) ++count(FaultKind::power_loss).effective;
  if (hooks_.on_power_lost) hooks_.on_power_lost(node);
}

void FaultSchedule::wipe(uint32_t node) {
  SimNode& machine = world_.node(node);
  machine.disk().for_each_file([&](const std::string& /*path*/, DiskFile& file) {
    if (hooks_.on_damage) {
      hooks_.on_damage(node, {&file, 0, file.content().size(), file.content(), DamageCause::wiped});
    }
  });
  machine.disk().wipe();
  world_.simulator().trace().record(world_.simulator().now_ns(), node, 0, kWiped);
}

void FaultSchedule::begin_process(const Fault& fault) {
  if (fault.kind == FaultKind::power_loss_all) {
    for (const uint32_t node : servers_) {
      if (world_.node(node).running()) ++count(fault.kind).effective;
      lose_power(node);
    }
    return;
  }
  SimNode& machine = world_.node(fault.node);
  const bool running = machine.running();
  switch (fault.kind) {
    case FaultKind::power_loss: lose_power(fault.node); return;  // counts by what was lost
    case FaultKind::kill:
      if (machine.powered()) machine.kill();
      break;
    case FaultKind::stop:
      if (running) machine.request_stop();
      break;
    case FaultKind::fast_restart:
      if (machine.powered()) {
        machine.kill();
        boot_if_down(fault.node);
      }
      break;
    case FaultKind::pause: machine.pause(); break;
    case FaultKind::cpu_throttle: machine.slow_down(fault.amount); break;
    case FaultKind::replace_node:
      machine.clock().step_wall_ms(static_cast<int64_t>(choose(kReplacedClock, 2'000)) - 1'000);
      [[fallthrough]];
    case FaultKind::wipe_disk:
      lose_power(fault.node);
      wipe(fault.node);
      break;
    case FaultKind::swap_disks:
      lose_power(fault.node);
      lose_power(fault.peer);
      machine.disk().swap_with(world_.node(fault.peer).disk());
      world_.simulator().trace().record(world_.simulator().now_ns(), fault.node, 0, kSwapped,
                                        fault.peer);
      break;
    default: CHECK_MSG(false, "not a fault of a process");
  }
  if (running) ++count(fault.kind).effective;
}

void FaultSchedule::end_process(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::power_loss_all:
      for (const uint32_t node : servers_) boot_if_down(node);
      break;
    case FaultKind::swap_disks: boot_if_down(fault.peer); [[fallthrough]];
    case FaultKind::power_loss:
    case FaultKind::kill:
    case FaultKind::wipe_disk:
    case FaultKind::replace_node: boot_if_down(fault.node); break;
    // One that is still stopping is left alone; heal_all looks again.
    case FaultKind::stop: boot_if_down(fault.node); break;
    case FaultKind::pause: world_.node(fault.node).resume(); break;
    case FaultKind::cpu_throttle: world_.node(fault.node).slow_down(1); break;
    default: break;
  }
}

void FaultSchedule::begin_clock(const Fault& fault) {
  SimNode& machine = world_.node(fault.node);
  constexpr int64_t kPpbPerPpm = 1'000;
  switch (fault.kind) {
    case FaultKind::clock_offset:
    case FaultKind::clock_step: machine.clock().step_wall_ms(fault.amount); break;
    case FaultKind::clock_drift: machine.clock().set_drift_ppb(fault.amount * kPpbPerPpm); break;
    case FaultKind::clock_wall_drift:
      machine.clock().set_wall_drift_ppb(fault.amount * kPpbPerPpm);
      break;
    case FaultKind::clock_freeze: machine.clock().set_drift_ppb(-ClockLine::kBillion); break;
    default: CHECK_MSG(false, "not a fault of a clock");
  }
  machine.clock_changed();
  if (machine.running()) ++count(fault.kind).effective;
}

void FaultSchedule::end_clock(const Fault& fault) {
  SimNode& machine = world_.node(fault.node);
  switch (fault.kind) {
    case FaultKind::clock_offset: machine.clock().step_wall_ms(-fault.amount); break;
    case FaultKind::clock_drift:
    case FaultKind::clock_freeze: machine.clock().set_drift_ppb(0); break;
    case FaultKind::clock_wall_drift: machine.clock().set_wall_drift_ppb(0); break;
    default: return;
  }
  machine.clock_changed();
}

}  // namespace weir
