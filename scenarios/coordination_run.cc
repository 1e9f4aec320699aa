#include "scenarios/coordination_run.h"

#include <fmt/core.h>

#include <memory>

#include "broker/coordination/coordinator.h"
#include "scenarios/workloads/znodes.h"
#include "sim/fault/fault_schedule.h"
#include "sim/world/schedule/schedule_oracle.h"

namespace weir {
namespace {

constexpr Site kHealed{"run.healed"};
constexpr Site kComponent{"run"};
constexpr Site kSchedule{"schedule"};
constexpr Site kWorkloadDone{"run.workload_done"};
constexpr uint64_t kMostEvents = 3'000'000;
constexpr Duration kStopBound = seconds(30);
constexpr Duration kRestartAfter = milliseconds(100);

CoordinatorConfig config_of(const Plan& plan) {
  CoordinatorConfig config;
  config.listeners = {{World::address_of(Plan::kBroker), 2181}};
  config.tick = plan.session_tick;
  config.snapshot_count = plan.snapshot_count;
  config.outstanding_limit = plan.queued_max_requests;
  return config;
}

std::unique_ptr<ChoiceOracle> schedule_of(const Plan& plan) {
  const auto choice = parse_schedule(plan.schedule);
  CHECK_MSG(choice.ok(), "a plan's schedule is looked at when it is read");
  return make_schedule_oracle(*choice, Stream(plan.choices_key, kComponent, 0, kSchedule));
}

class CoordinationRun final : private EventTarget {
 public:
  CoordinationRun(const Plan& plan, const RunOptions& options)
      : plan_(plan),
        config_(config_of(plan)),
        scheduler_(schedule_of(plan)),
        world_(plan.choices_key, options.oracle != nullptr ? *options.oracle : *scheduler_, {}) {
    for (uint32_t i = 0; i < plan.nodes(); ++i) world_.add_node({}).log_sink = options.log_sink;
    world_.buggify().configure({.on_per_million = plan.buggify_on_per_million,
                                .fires_per_million = plan.buggify_fires_per_million,
                                .planted_id = fnv1a("bug." + plan.planted_bug)});
    world_.simulator().trace().set_sink(options.sink);
    server().disk_faults().crash.sector_bytes = plan.sector_bytes;
    FaultHooks hooks;
    hooks.boot = [this](uint32_t) { boot_server(); };
    hooks.on_power_lost = [](uint32_t) {};
    hooks.on_damage = [](uint32_t, const DiskDamage&) {};
    schedule_ = std::make_unique<FaultSchedule>(world_, plan.faults,
                                                std::vector<uint32_t>{Plan::kBroker}, hooks);
    if (options.on_world) options.on_world(world_);
  }

  RunRecord run() {
    Simulator& simulator = world_.simulator();
    schedule_->start();
    for (uint32_t i = 0; i < plan_.client_nodes; ++i) boot_client(i);
    simulator.run_until(plan_.heal_at.ns());
    schedule_->heal_all();
    simulator.trace().record(simulator.now_ns(), 0, 0, kHealed);
    progress_.healed = true;
    const int64_t bound = (plan_.heal_at + plan_.settle_within).ns();
    while (clients_done_ < plan_.client_nodes && simulator.step(bound)) {
      if (simulator.event_count() > kMostEvents) break;
    }
    if (clients_done_ == plan_.client_nodes) stop_server();
    return judge();
  }

 private:
  SimNode& server() { return world_.node(Plan::kBroker); }

  void boot_server() {
    start_failure_.clear();
    server().boot([this](Env& env, Event& stop) {
      const auto result = await_run_coordinator(env, stop, config_);
      if (!result) start_failure_ = result.error();
      restart_soon();
    });
  }
  void boot_client(uint32_t index) {
    world_.node(Plan::kBroker + 1 + index).boot([this, index](Env& env, Event& /*stop*/) {
      await_run_znode_workload(env, plan_, config_.listeners[0], index, plan_.client_nodes, progress_);
      env.trace.event(kWorkloadDone, progress_.history.operations.size());
      ++clients_done_;
    });
  }
  // What a supervisor does with a service that could not start, or whose disk failed it.
  void restart_soon() {
    if (std::exchange(restart_pending_, true)) return;
    world_.simulator().at(world_.simulator().now_ns() + kRestartAfter.ns(), *this, 0);
  }
  void on_event(uint64_t /*argument*/) override {
    restart_pending_ = false;
    if (!server().powered() || stopping_) return;
    if (!server().reap()) server().kill();
    boot_server();
  }
  void stop_server() {
    stopping_ = true;
    server().request_stop();
    const int64_t bound = world_.simulator().now_ns() + kStopBound.ns();
    while (server().running() && world_.simulator().step(bound)) {
    }
    if (server().running()) {
      add(VerdictKind::liveness, "stop", "the service did not stop in order within 30 s");
    }
  }

  void add(VerdictKind kind, std::string_view what, std::string sentence) {
    record_.findings.push_back({kind, std::string(what), std::move(sentence), -1});
  }

  RunRecord judge() {
    if (!start_failure_.empty()) {
      add(VerdictKind::liveness, "start", "the service did not start: " + start_failure_);
    } else if (clients_done_ < plan_.client_nodes) {
      const bool busy = world_.simulator().event_count() > kMostEvents;
      add(VerdictKind::liveness, busy ? "livelock" : "workload",
          busy ? fmt::format("the workload was not done after {} events", kMostEvents)
               : fmt::format("the workload was not done {} s after the last fault",
                             plan_.settle_within.ms() / 1000));
    }
    for (const ZnodeAnomaly& anomaly : check_znode_history(progress_.history)) {
      add(VerdictKind::history, anomaly.kind, anomaly.sentence);
    }
    fill_in_counts();
    if (record_.findings.empty() && record_.acked == 0) {
      add(VerdictKind::vacuous, "no acks", "not one change was acknowledged");
    }
    if (record_.findings.empty() && progress_.watched == 0 && plan_.readers > 0) {
      add(VerdictKind::vacuous, "no watches", "not one watch was told");
    }
    if (!record_.findings.empty()) record_.verdict = record_.findings.front().kind;
    return std::move(record_);
  }

  void fill_in_counts() {
    record_.plan = plan_;
    record_.hash = world_.simulator().trace().hash();
    record_.trace_events = world_.simulator().trace().count();
    record_.virtual_ns = world_.simulator().now_ns();
    record_.faults = schedule_->counts();
    for (const auto& [id, count] : world_.buggify().probes()) {
      record_.probes[std::string(count.site->name)] = count.asked;
    }
    for (const auto& [id, count] : world_.buggify().points()) {
      if (count.fired > 0) record_.buggified[std::string(count.site->name)] = count.fired;
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

  const Plan& plan_;
  const CoordinatorConfig config_;
  ZnodeProgress progress_;
  RunRecord record_;
  std::string start_failure_;
  bool restart_pending_ = false;
  bool stopping_ = false;
  uint32_t clients_done_ = 0;
  const std::unique_ptr<ChoiceOracle> scheduler_;
  World world_;
  std::unique_ptr<FaultSchedule> schedule_;
};

}  // namespace

RunRecord run_coordination_plan(const Plan& plan, const RunOptions& options) {
  return CoordinationRun(plan, options).run();
}

}  // namespace weir
