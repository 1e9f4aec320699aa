// PlanRun: what every run of a plan has, whatever it is that runs: a world, a server that is booted again when
// it has died, clients, the two phases, and the counts of the record.
//
// Who derives from it says what the server and the clients do, and judges. The calls come in this order:
//
//   boot_server (again after each death), await_client on each client machine
//   healed        no fault is on any more, and none will come
//   stopped       the workload is done and the server has stopped in order, or had its time to
//   judge         adds what was found; the first finding is the verdict
#pragma once

#include <memory>
#include <string>

#include "scenarios/run.h"
#include "sim/fault/fault_schedule.h"

namespace weir {

class PlanRun : private EventTarget {
 public:
  RunRecord run();

 protected:
  PlanRun(const Plan& plan, const RunOptions& options, const NetworkOptions& network,
          const NodeOptions& server);
  ~PlanRun() override = default;

  virtual void boot_server() = 0;
  virtual void await_client(Env& env, uint32_t index) = 0;
  virtual void healed() = 0;
  virtual void stopped() {}
  virtual void power_lost() {}
  virtual void damaged(const DiskDamage& /*damage*/) {}
  virtual void judge() = 0;

  SimNode& server() { return world_.node(Plan::kBroker); }
  // What a supervisor does with a server that could not start, or whose disk failed it. The reason is a finding,
  // should it be the last word.
  void server_ended(std::string failure);
  void server_is_offline() { restart_soon(); }
  void add(VerdictKind kind, std::string_view what, std::string sentence) {
    record_.findings.push_back({kind, std::string(what), std::move(sentence), -1});
  }

  const Plan& plan_;
  RunRecord record_;

 private:
  void boot();
  void restart_soon();
  void on_event(uint64_t argument) override;
  void stop_server();
  void judge_liveness();
  void fill_in_counts();

  std::string start_failure_;
  bool restart_pending_ = false;
  bool stopping_ = false;
  uint32_t clients_done_ = 0;
  const std::unique_ptr<ChoiceOracle> scheduler_;

 protected:
  World world_;
  std::unique_ptr<FaultSchedule> schedule_;
};

}  // namespace weir
