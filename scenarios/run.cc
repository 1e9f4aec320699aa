#include "scenarios/run.h"

#include <memory>

#include "broker/broker.h"
#include "scenarios/checks/broker_watch.h"
#include "scenarios/coordination_run.h"
#include "scenarios/plan_run.h"
#include "scenarios/workloads/produce_consume.h"

namespace weir {
namespace {

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
class BrokerRun final : public PlanRun {
 public:
  BrokerRun(const Plan& plan, const RunOptions& options)
      : PlanRun(plan, options, network_options(),
                {.shards = plan.shards, .shard_channel_slots = plan.shard_channel_slots}),
        config_(broker_config(plan)),
        target_{config_.listeners[0].at, "events"} {
    server().disk_faults().may_harm = [](std::string_view path) {
      return partition_of_segment(path).has_value();
    };
    watch_ = std::make_unique<BrokerWatch>(world_, plan, target_.topic);
    watch_->on_offline = [this] { server_is_offline(Plan::kBroker); };
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

 private:
  static NetworkOptions network_options() {
    NetworkOptions options;
    options.sees_frames = true;
    options.corruptible = [](ConstBytes segment, uint64_t drawn) {
      return corruptible_bit(segment, drawn);
    };
    return options;
  }

  void boot_server(uint32_t node) override {
    server().boot([this, node](Env& env, Event& stop) {
      const auto result = await_run_broker(env, stop, config_);
      if (env.shards.self() == 0) server_ended(node, result ? "" : result.error());
    });
  }
  void await_client(Env& env, uint32_t index) override {
    await_run_workload(env, plan_, target_, index, plan_.client_nodes, recorder_, progress_);
  }
  void healed() override { progress_.healed = true; }
  void power_lost() override { watch_->power_lost(); }
  void damaged(uint32_t /*node*/, const DiskDamage& damage) override { watch_->damaged(damage); }
  void stopped() override { watch_->stopped(); }  // acks that arrived after the last loss

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

  void judge() override {
    for (const std::string& violation : recorder_.violations()) {
      add(VerdictKind::invariant, "answer", violation);
    }
    watch_->report(record_);
    for (const Anomaly& anomaly :
         check_history(recorder_.history(), {.duplicates_allowed = !plan_.idempotent}).anomalies) {
      if (!excused(anomaly)) add(VerdictKind::history, name(anomaly.kind), anomaly.sentence);
    }
    record_.acked = recorder_.count(Outcome::ok);
    record_.failed = recorder_.count(Outcome::failed);
    record_.unknown = recorder_.count(Outcome::unknown);
    record_.read = recorder_.records_read();
    record_.reported_corrupt = recorder_.reported();
  }

  const BrokerConfig config_;
  const WorkloadTarget target_;
  HistoryRecorder recorder_;
  WorkloadProgress progress_;
  std::unique_ptr<BrokerWatch> watch_;
};

}  // namespace

RunRecord run_plan(const Plan& plan, const RunOptions& options) {
  return plan.coordination ? run_coordination_plan(plan, options) : BrokerRun(plan, options).run();
}

}  // namespace weir
