#include "scenarios/run.h"

#include <fmt/core.h>

#include <memory>

#include "broker/broker.h"
#include "model/oracle/durability.h"
#include "scenarios/checks/medium.h"
#include "scenarios/fault_driver.h"
#include "scenarios/workloads/produce_consume.h"

namespace weir {
namespace {

constexpr uint32_t kBroker = 1;
constexpr uint32_t kClients = 2;
constexpr Site kHealed{"run.healed"};
constexpr Site kWorkloadDone{"run.workload_done"};
constexpr Duration kStopBound = seconds(30);

BrokerConfig broker_config(const Plan& plan) {
  BrokerConfig config;
  config.listener = {World::address_of(kBroker), 9092};
  config.network_threads = plan.shards;
  config.io_threads = plan.io_threads;
  config.queued_max_requests = plan.queued_max_requests;
  config.log.segment_bytes = plan.segment_bytes;
  config.log.index_interval_bytes = plan.index_interval_bytes;
  if (plan.flush_before_ack) config.log.flush_interval_messages = 1;
  if (plan.planted_bug == "ack-before-fsync") config.log.ack_policy = AckPolicy::before_flush;
  return config;
}

// One run, from the empty world to the verdict.
class Run {
 public:
  Run(const Plan& plan, const RunOptions& options)
      : plan_(plan),
        config_(broker_config(plan)),
        target_{config_.listener, "events"},
        world_(plan.choices_key, options.oracle != nullptr ? *options.oracle : random_, {}) {
    SimNode& broker = world_.add_node({.shards = plan.shards});
    SimNode& clients = world_.add_node({});
    broker.log_sink = clients.log_sink = options.log_sink;
    world_.simulator().trace().set_sink(options.sink);
    driver_ = std::make_unique<FaultDriver>(
        world_, plan, kBroker, kClients, [this](Env& env, Event& stop) {
          const auto result = await_run_broker(env, stop, config_);
          if (env.shards.self() == 0 && !result) start_failure_ = result.error();
        });
    driver_->on_power_lost = [this] { check_medium(CrashKind::power_lost); };
    recorder_.on_acked = [this](const TopicPartition& tp, Offset offset, uint64_t value) {
      durability_.acked(tp, {offset, value},
                        plan_.flush_before_ack ? DurabilityPromise::flushed_before_ack
                                               : DurabilityPromise::not_flushed);
    };
    if (options.on_world) options.on_world(world_);
  }

  RunRecord run() {
    Simulator& simulator = world_.simulator();
    driver_->start();
    world_.node(kClients).boot([this](Env& env, Event& /*stop*/) {
      Event healed(env.scheduler);
      healed_ = &healed;
      await_run_workload(env, plan_, target_, recorder_, healed);
      env.trace.event(kWorkloadDone, recorder_.history().size());
      healed_ = nullptr;
      workload_done_ = true;
    });
    simulator.run_until(plan_.heal_at.ns());
    driver_->heal_all();
    simulator.trace().record(simulator.now_ns(), 0, 0, kHealed);
    if (healed_ != nullptr) healed_->set();
    const int64_t bound = (plan_.heal_at + plan_.settle_within).ns();
    while (!workload_done_ && simulator.step(bound)) {
    }
    if (workload_done_) stop_broker();
    // Acks that arrived after the last loss. Without flush-before-ack an ack that was on its way when
    // the power failed may speak of an offset that is another's by now: the history checker's part.
    if (workload_done_ && plan_.flush_before_ack) check_medium(CrashKind::process_killed);
    return judge();
  }

 private:
  // The orderly stop is part of the run: it must end, too.
  void stop_broker() {
    world_.node(kBroker).request_stop();
    const int64_t bound = world_.simulator().now_ns() + kStopBound.ns();
    while (world_.node(kBroker).running() && world_.simulator().step(bound)) {
    }
    if (world_.node(kBroker).running()) {
      add(VerdictKind::liveness, "stop", "the broker did not stop in order within 30 s");
    }
  }

  void check_medium(CrashKind crash) {
    for (uint32_t i = 0; i < plan_.partitions; ++i) {
      const TopicPartition tp{target_.topic, PartitionIndex{static_cast<int32_t>(i)}};
      take(durability_.recovered(tp, crash, Offset{0},
                                 records_on_medium(world_.node(kBroker).disk(), tp)));
    }
  }

  void take(const std::vector<DurabilityFinding>& findings) {
    for (const DurabilityFinding& finding : findings) {
      if (finding.is_violation()) {
        add(VerdictKind::invariant, name(finding.kind), finding.sentence);
      } else {
        ++record_.allowed_losses;
      }
    }
  }

  void add(VerdictKind kind, std::string_view what, std::string sentence) {
    record_.findings.push_back({kind, std::string(what), std::move(sentence)});
  }

  // What a reader or writer may see when the settings let acked records go with the power.
  [[nodiscard]] bool allowed_by_settings(AnomalyKind kind) const {
    if (plan_.flush_before_ack || !driver_->power_was_lost()) return false;
    return kind == AnomalyKind::lost_write || kind == AnomalyKind::unseen ||
           kind == AnomalyKind::inconsistent_offsets || kind == AnomalyKind::duplicate ||
           kind == AnomalyKind::nonmonotonic_poll || kind == AnomalyKind::nonmonotonic_send ||
           kind == AnomalyKind::poll_skip;
  }

  RunRecord judge() {
    if (!start_failure_.empty()) {
      add(VerdictKind::liveness, "start", "the broker did not start: " + start_failure_);
    } else if (!workload_done_) {
      add(VerdictKind::liveness, "workload",
          fmt::format("the workload was not done {} s after the last fault",
                      plan_.settle_within.ms() / 1000));
    }
    for (const Anomaly& anomaly :
         check_history(recorder_.history(), {.duplicates_allowed = !plan_.idempotent}).anomalies) {
      if (!allowed_by_settings(anomaly.kind)) {
        add(VerdictKind::history, name(anomaly.kind), anomaly.sentence);
      }
    }
    record_.plan = plan_;
    record_.hash = world_.simulator().trace().hash();
    record_.trace_events = world_.simulator().trace().count();
    record_.virtual_ns = world_.simulator().now_ns();
    record_.faults = driver_->counts();
    record_.acked = recorder_.count(Outcome::ok);
    record_.failed = recorder_.count(Outcome::failed);
    record_.unknown = recorder_.count(Outcome::unknown);
    record_.read = recorder_.records_read();
    if (record_.findings.empty() && record_.acked == 0) {
      add(VerdictKind::vacuous, "no acks", "not one record was acknowledged");
    }
    if (!record_.findings.empty()) record_.verdict = record_.findings.front().kind;
    return std::move(record_);
  }

  const Plan& plan_;
  const BrokerConfig config_;
  const WorkloadTarget target_;
  RandomOracle random_;
  HistoryRecorder recorder_;
  DurabilityOracle durability_;
  RunRecord record_;
  std::string start_failure_;
  bool workload_done_ = false;
  Event* healed_ = nullptr;
  World world_;
  std::unique_ptr<FaultDriver> driver_;
};

}  // namespace

RunRecord run_plan(const Plan& plan, const RunOptions& options) { return Run(plan, options).run(); }

}  // namespace weir
