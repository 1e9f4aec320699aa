// FaultDriver: makes a plan's faults happen in the world, and counts what they did.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "scenarios/run_record.h"
#include "sim/world/world.h"

namespace weir {

class FaultDriver final : public EventTarget {
 public:
  // What runs on the broker's machine (node `broker`), to be booted again after a loss.
  FaultDriver(World& world, const Plan& plan, uint32_t broker, uint32_t clients, Program program);

  // After the medium has lost what it lost, before the machine boots again.
  std::function<void()> on_power_lost;

  void start();
  // Ends every fault that is still on: the machine runs, the links are whole.
  void heal_all();
  [[nodiscard]] const std::array<FaultCount, kFaultKinds>& counts() const { return counts_; }
  [[nodiscard]] bool power_was_lost() const;

 private:
  void on_event(uint64_t argument) override;
  void begin(const PlannedFault& fault);
  void end(const PlannedFault& fault);
  void boot_if_down();
  FaultCount& count(FaultKind kind) { return counts_[static_cast<size_t>(kind)]; }

  World& world_;
  const std::vector<PlannedFault> faults_;
  const uint32_t broker_;
  const uint32_t clients_;
  const Program program_;
  bool healed_ = false;
  std::array<FaultCount, kFaultKinds> counts_{};
};

}  // namespace weir
