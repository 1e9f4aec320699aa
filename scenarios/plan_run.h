// PlanRun: what every run of a plan has, whatever it is that runs: a world, servers that are booted again when
// they have died, clients, the two phases, and the counts of the record.
//
// Who derives from it says what the server and the clients do, and judges. The calls come in this order:
//
//   boot_server (of each, again after each death), await_client on each client machine
//   healed        no fault is on any more, and none will come
//   finish        the workload is done; whoever waits for more does so here
//   stopped       the servers have stopped in order, or had their time to
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

  virtual void boot_server(uint32_t node) = 0;
  virtual void await_client(Env& env, uint32_t index) = 0;
  virtual void healed() = 0;
  virtual void finish() {}
  virtual void stopped() {}
  virtual void power_lost() {}
  // For FaultHooks.leader.
  virtual uint32_t leader() { return Plan::kBroker; }
  virtual void damaged(uint32_t /*node*/, const DiskDamage& /*damage*/) {}
  virtual void judge() = 0;

  SimNode& server() { return world_.node(Plan::kBroker); }
  // What a supervisor does with a server that could not start, or whose disk failed it. The reason is a finding,
  // should it be the last word.
  void server_ended(uint32_t node, std::string failure);
  void server_is_offline(uint32_t node) { restart_soon(node); }
  // Its power goes, and nobody restarts it until it is given back.
  void take_away(uint32_t node);
  void give_back(uint32_t node);
  [[nodiscard]] bool is_away(uint32_t node) const { return nodes_.at(node - 1).away; }
  [[nodiscard]] bool workload_is_done() const { return clients_done_ == plan_.client_nodes; }
  void add(VerdictKind kind, std::string_view what, std::string sentence) {
    record_.findings.push_back({kind, std::string(what), std::move(sentence), -1});
  }

  const Plan& plan_;
  RunRecord record_;

 private:
  struct Server {
    std::string start_failure;
    bool restart_pending = false;
    bool started = false;  // for the first time
    bool away = false;
  };
  void start(uint32_t node);
  void boot(uint32_t node);
  void restart_soon(uint32_t node);
  void on_event(uint64_t argument) override;
  void stop_servers();
  void judge_liveness();
  void fill_in_counts();

  std::vector<Server> nodes_;
  bool stopping_ = false;
  uint32_t clients_done_ = 0;
  const std::unique_ptr<ChoiceOracle> scheduler_;

 protected:
  World world_;
  std::unique_ptr<FaultSchedule> schedule_;
};

}  // namespace weir
