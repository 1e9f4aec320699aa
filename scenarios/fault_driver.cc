#include "scenarios/fault_driver.h"

namespace weir {
namespace {
constexpr uint64_t kEnd = uint64_t{1} << 63;
}  // namespace

FaultDriver::FaultDriver(World& world, const Plan& plan, uint32_t broker, uint32_t clients,
                         Program program)
    : world_(world),
      faults_(plan.faults),
      broker_(broker),
      clients_(clients),
      program_(std::move(program)) {}

void FaultDriver::start() {
  world_.node(broker_).boot(program_);
  for (size_t i = 0; i < faults_.size(); ++i) {
    ++count(faults_[i].kind).planned;
    world_.simulator().at(faults_[i].at.ns(), *this, i);
  }
}

void FaultDriver::on_event(uint64_t argument) {
  if (healed_) return;
  const PlannedFault& fault = faults_.at(argument & ~kEnd);
  if ((argument & kEnd) != 0) {
    end(fault);
    return;
  }
  begin(fault);
  if (fault.lasts > Duration{}) {
    world_.simulator().at(world_.simulator().now_ns() + fault.lasts.ns(), *this, argument | kEnd);
  }
}

void FaultDriver::begin(const PlannedFault& fault) {
  SimNode& node = world_.node(broker_);
  FaultCount& counted = count(fault.kind);
  switch (fault.kind) {
    case FaultKind::power_loss: {
      ++counted.fired;
      const CrashLosses losses = node.lose_power();
      if (losses.lost_sectors + losses.lost_names > 0) ++counted.effective;
      if (on_power_lost) on_power_lost();
      break;
    }
    case FaultKind::kill:
      ++counted.fired;
      if (node.running()) ++counted.effective;
      if (node.powered()) node.kill();
      break;
    case FaultKind::cut:
      ++counted.fired;
      if (fault.to_broker) world_.network().cut(clients_, broker_);
      if (fault.from_broker) world_.network().cut(broker_, clients_);
      break;
    case FaultKind::reset:
      ++counted.fired;
      if (world_.network().reset_between(clients_, broker_) > 0) ++counted.effective;
      break;
  }
}

void FaultDriver::end(const PlannedFault& fault) {
  switch (fault.kind) {
    case FaultKind::power_loss:
    case FaultKind::kill: boot_if_down(); break;
    case FaultKind::cut: {
      const size_t held =
          world_.network().heal(clients_, broker_) + world_.network().heal(broker_, clients_);
      if (held > 0) ++count(FaultKind::cut).effective;
      break;
    }
    case FaultKind::reset: break;
  }
}

void FaultDriver::boot_if_down() {
  if (world_.node(broker_).reap()) world_.node(broker_).boot(program_);
}

void FaultDriver::heal_all() {
  healed_ = true;
  for (const PlannedFault& fault : faults_) {
    if (fault.kind == FaultKind::cut) end(fault);
  }
  boot_if_down();
}

bool FaultDriver::power_was_lost() const {
  return counts_[static_cast<size_t>(FaultKind::power_loss)].fired > 0;
}

}  // namespace weir
