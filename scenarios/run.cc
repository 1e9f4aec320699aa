#include "scenarios/run.h"

#include <fmt/core.h>

#include <memory>

#include "broker/broker.h"
#include "scenarios/checks/broker_watch.h"
#include "scenarios/coordination_run.h"
#include "scenarios/workloads/produce_consume.h"
#include "sim/fault/fault_schedule.h"
#include "sim/world/schedule/schedule_oracle.h"

namespace weir {
namespace {

constexpr Site kHealed{"run.healed"};
constexpr Site kComponent{"run"};
constexpr Site kSchedule{"schedule"};
constexpr Site kWorkloadDone{"run.workload_done"};
// A run has some ten thousand events. One with so many goes round in circles.
constexpr uint64_t kMostEvents = 3'000'000;
constexpr Duration kStopBound = seconds(30);
constexpr Duration kRestartAfter = milliseconds(100);

BrokerConfig broker_config(const Plan& plan) {
  BrokerConfig config;
  config.listeners[0].at = {World::address_of(Plan::kBroker), 9092};
  config.network_threads = plan.shards;
  config.io_threads = plan.io_threads;
  config.queued_max_requests = plan.queued_max_requests;
  if (plan.queued_max_request_bytes > 0) {
    config.queued_max_request_bytes = plan.queued_max_request_bytes;
  }
  config.connections_max_idle = plan.connections_max_idle;
  config.log.segment_bytes = plan.segment_bytes;
  config.log.index_interval_bytes = plan.index_interval_bytes;
  if (plan.topic_codec >= 0) {
    config.log.records.compression = static_cast<Compression>(plan.topic_codec);
  }
  if (plan.log_append_time) config.log.records.timestamp_type = TimestampType::log_append_time;
  if (plan.retention_bytes > 0) config.log.retention_bytes = plan.retention_bytes;
  config.log.retention.reset();  // a clock may be an hour off; tests/broker has retention by time
  config.retention_check_interval = plan.retention_check;
  config.flush_checkpoint_interval = plan.checkpoint;
  if (plan.flush_before_ack) config.log.flush_interval_messages = 1;
  return config;
}

// Bits change in record batches only, behind the fields that a checksum covers: nothing else in the
// protocol has one, and no broker or client could notice.
std::optional<uint64_t> corruptible_bit(ConstBytes segment, uint64_t drawn) {
  constexpr size_t kCovered = 21;  // attributes and what follows
  for (size_t at = 0; at + kBatchHeaderBytes <= segment.size(); ++at) {
    if (segment[at + 16] != 2) continue;
    const auto length = load_big_endian<int32_t>(segment.data() + at + 8);
    if (length < 49 || length > 1 << 20) continue;
    const size_t end = std::min(segment.size(), at + 12 + static_cast<size_t>(length));
    return (at + kCovered) * 8 + drawn % ((end - at - kCovered) * 8);
  }
  return std::nullopt;
}

// One run, from the empty world to the verdict.
class Run final : private EventTarget {
 public:
  Run(const Plan& plan, const RunOptions& options)
      : plan_(plan),
        config_(broker_config(plan)),
        target_{config_.listeners[0].at, "events"},
        scheduler_(oracle_of(plan)),
        world_(plan.choices_key, options.oracle != nullptr ? *options.oracle : *scheduler_,
               network_options()) {
    world_.add_node({.shards = plan.shards, .shard_channel_slots = plan.shard_channel_slots})
        .log_sink = options.log_sink;
    for (uint32_t i = 0; i < plan.client_nodes; ++i) world_.add_node({}).log_sink = options.log_sink;
    world_.buggify().configure({.on_per_million = plan.buggify_on_per_million,
                                .fires_per_million = plan.buggify_fires_per_million,
                                .planted_id = fnv1a("bug." + plan.planted_bug)});
    world_.simulator().trace().set_sink(options.sink);
    SimNode& broker = world_.node(Plan::kBroker);
    broker.disk_faults().crash.sector_bytes = plan.sector_bytes;
    broker.disk_faults().may_harm = [](std::string_view path) {
      return partition_of_segment(path).has_value();
    };
    watch_ = std::make_unique<BrokerWatch>(world_, plan, target_.topic);
    watch_->on_offline = [this] { restart_soon(); };
    FaultHooks hooks;
    hooks.boot = [this](uint32_t) { boot_broker(); };
    hooks.on_power_lost = [this](uint32_t) { watch_->power_lost(); };
    hooks.on_damage = [this](uint32_t, const DiskDamage& damage) { watch_->damaged(damage); };
    schedule_ = std::make_unique<FaultSchedule>(world_, plan.faults,
                                                std::vector<uint32_t>{Plan::kBroker}, hooks);
    recorder_.on_acked = [this](const TopicPartition& tp, Offset offset, uint64_t value) {
      watch_->acked(tp, offset, value);
    };
    recorder_.on_trim_asked = [this](const TopicPartition& tp, Offset offset) {
      watch_->trim_asked(tp, offset);
    };
    recorder_.on_trim_acked = [this](const TopicPartition& tp, Offset low_watermark) {
      watch_->trim_acked(tp, low_watermark);
    };
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
    if (workload_done()) stop_broker();
    return judge();
  }

 private:
  static std::unique_ptr<ChoiceOracle> oracle_of(const Plan& plan) {
    const auto choice = parse_schedule(plan.schedule);
    CHECK_MSG(choice.ok(), "a plan's schedule is looked at when it is read");
    return make_schedule_oracle(*choice, Stream(plan.choices_key, kComponent, 0, kSchedule));
  }
  static NetworkOptions network_options() {
    NetworkOptions options;
    options.sees_frames = true;
    options.corruptible = [](ConstBytes segment, uint64_t drawn) {
      return corruptible_bit(segment, drawn);
    };
    return options;
  }
  [[nodiscard]] bool workload_done() const { return clients_done_ == plan_.client_nodes; }

  void boot_broker() {
    start_failure_.clear();
    world_.node(Plan::kBroker).boot([this](Env& env, Event& stop) {
      const auto result = await_run_broker(env, stop, config_);
      if (env.shards.self() != 0) return;
      if (!result) start_failure_ = result.error();
      restart_soon();  // also after an orderly stop that took longer than it was planned for
    });
  }

  void boot_client(uint32_t index) {
    world_.node(Plan::kBroker + 1 + index).boot([this, index](Env& env, Event& /*stop*/) {
      await_run_workload(env, plan_, target_, index, plan_.client_nodes, recorder_, progress_);
      env.trace.event(kWorkloadDone, recorder_.history().size());
      ++clients_done_;
    });
  }

  // What a supervisor does with a broker that could not start, or whose disk failed it.
  void restart_soon() {
    if (std::exchange(restart_pending_, true)) return;
    world_.simulator().at(world_.simulator().now_ns() + kRestartAfter.ns(), *this, 0);
  }
  void on_event(uint64_t /*argument*/) override {
    restart_pending_ = false;
    SimNode& broker = world_.node(Plan::kBroker);
    if (!broker.powered() || stopping_) return;
    if (!broker.reap()) broker.kill();
    boot_broker();
  }

  // The orderly stop is part of the run: it must end, too.
  void stop_broker() {
    stopping_ = true;
    world_.node(Plan::kBroker).request_stop();
    const int64_t bound = world_.simulator().now_ns() + kStopBound.ns();
    while (world_.node(Plan::kBroker).running() && world_.simulator().step(bound)) {
    }
    if (world_.node(Plan::kBroker).running()) {
      add(VerdictKind::liveness, "stop", "the broker did not stop in order within 30 s");
    }
    // Acks that arrived after the last loss.
    watch_->stopped();
  }

  void add(VerdictKind kind, std::string_view what, std::string sentence) {
    record_.findings.push_back({kind, std::string(what), std::move(sentence), -1});
  }

  // What a reader or writer may see when the settings let acked records go with the power, or a
  // fault has taken them.
  [[nodiscard]] bool excused(const Anomaly& anomaly) const {
    const bool comes_with_loss =
        anomaly.kind == AnomalyKind::lost_write || anomaly.kind == AnomalyKind::unseen ||
        anomaly.kind == AnomalyKind::inconsistent_offsets ||
        anomaly.kind == AnomalyKind::duplicate || anomaly.kind == AnomalyKind::nonmonotonic_poll ||
        anomaly.kind == AnomalyKind::nonmonotonic_send || anomaly.kind == AnomalyKind::poll_skip;
    if (!comes_with_loss) return false;
    if (!plan_.flush_before_ack && schedule_->power_was_lost()) return true;
    const bool vanishes = anomaly.kind == AnomalyKind::lost_write ||
                          anomaly.kind == AnomalyKind::unseen ||
                          anomaly.kind == AnomalyKind::poll_skip;
    if (vanishes && anomaly.offset < watch_->log_start(anomaly.tp)) return true;  // deleted
    return vanishes ? watch_->may_be_missing(anomaly.tp, anomaly.offset, recorder_)
                    : watch_->budget().may_be_another(anomaly.tp, anomaly.offset);
  }

  RunRecord judge() {
    if (!start_failure_.empty()) {
      add(VerdictKind::liveness, "start", "the broker did not start: " + start_failure_);
    } else if (!workload_done()) {
      const bool busy = world_.simulator().event_count() > kMostEvents;
      add(VerdictKind::liveness, busy ? "livelock" : "workload",
          busy ? fmt::format("the workload was not done after {} events", kMostEvents)
               : fmt::format("the workload was not done {} s after the last fault",
                             plan_.settle_within.ms() / 1000));
    }
    for (const std::string& violation : recorder_.violations()) {
      add(VerdictKind::invariant, "answer", violation);
    }
    watch_->report(record_);
    for (const Anomaly& anomaly :
         check_history(recorder_.history(), {.duplicates_allowed = !plan_.idempotent}).anomalies) {
      if (!excused(anomaly)) add(VerdictKind::history, name(anomaly.kind), anomaly.sentence);
    }
    fill_in_counts();
    if (record_.findings.empty() && record_.acked == 0) {
      add(VerdictKind::vacuous, "no acks", "not one record was acknowledged");
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
    record_.acked = recorder_.count(Outcome::ok);
    record_.failed = recorder_.count(Outcome::failed);
    record_.unknown = recorder_.count(Outcome::unknown);
    record_.read = recorder_.records_read();
    record_.reported_corrupt = recorder_.reported();
  }

  const Plan& plan_;
  const BrokerConfig config_;
  const WorkloadTarget target_;
  HistoryRecorder recorder_;
  WorkloadProgress progress_;
  RunRecord record_;
  std::string start_failure_;
  bool restart_pending_ = false;
  bool stopping_ = false;
  uint32_t clients_done_ = 0;
  const std::unique_ptr<ChoiceOracle> scheduler_;
  World world_;
  std::unique_ptr<BrokerWatch> watch_;
  std::unique_ptr<FaultSchedule> schedule_;
};

}  // namespace

RunRecord run_plan(const Plan& plan, const RunOptions& options) {
  return plan.coordination ? run_coordination_plan(plan, options) : Run(plan, options).run();
}

}  // namespace weir
