#include "scenarios/coordination_run.h"

#include "broker/coordination/coordinator.h"
#include "scenarios/plan_run.h"
#include "scenarios/workloads/znodes.h"

namespace weir {
namespace {

CoordinatorConfig config_of(const Plan& plan) {
  CoordinatorConfig config;
  config.listeners = {{World::address_of(Plan::kBroker), 2181}};
  config.tick = plan.session_tick;
  config.snapshot_count = plan.snapshot_count;
  config.outstanding_limit = plan.queued_max_requests;
  return config;
}

class CoordinationRun final : public PlanRun {
 public:
  CoordinationRun(const Plan& plan, const RunOptions& options)
      : PlanRun(plan, options, {}, {}), config_(config_of(plan)) {
    if (options.on_world) options.on_world(world_);
  }

 private:
  void boot_server() override {
    server().boot([this](Env& env, Event& stop) {
      const auto result = await_run_coordinator(env, stop, config_);
      server_ended(result ? "" : result.error());
    });
  }
  void await_client(Env& env, uint32_t index) override {
    await_run_znode_workload(env, plan_, config_.listeners[0], index, plan_.client_nodes, progress_);
  }
  void healed() override { progress_.healed = true; }

  void judge() override {
    for (const ZnodeAnomaly& anomaly : check_znode_history(progress_.history)) {
      add(VerdictKind::history, anomaly.kind, anomaly.sentence);
    }
    for (const ZnodeOperation& op : progress_.history.operations) {
      if (op.action == ZnodeAction::read) {
        record_.read += op.outcome == ZnodeOutcome::ok ? 1 : 0;
      } else {
        record_.acked += op.outcome == ZnodeOutcome::ok ? 1 : 0;
        record_.failed += op.outcome == ZnodeOutcome::failed ? 1 : 0;
        record_.unknown += op.outcome == ZnodeOutcome::unknown ? 1 : 0;
      }
    }
  }

  const CoordinatorConfig config_;
  ZnodeProgress progress_;
};

}  // namespace

RunRecord run_coordination_plan(const Plan& plan, const RunOptions& options) {
  return CoordinationRun(plan, options).run();
}

}  // namespace weir
