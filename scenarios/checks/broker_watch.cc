#include "scenarios/checks/broker_watch.h"

#include <fmt/core.h>

#include <utility>

namespace weir {
namespace {

constexpr Site kOpened{"log.opened"};
constexpr Site kAppended{"log.appended"};
constexpr Site kFlushed{"log.flushed"};
constexpr Site kSealed{"log.sealed"};
constexpr Site kStart{"log.start"};
constexpr Site kCut{"log.cut"};
constexpr Site kDamaged{"log.damaged"};
constexpr Site kOffline{"log.offline"};

Offset offset_of(uint64_t value) { return Offset{static_cast<int64_t>(value)}; }

}  // namespace

BrokerWatch::BrokerWatch(World& world, const Plan& plan, const std::string& topic)
    : world_(world), plan_(plan), log_oracle_(budget_) {
  for (uint32_t i = 0; i < plan.partitions; ++i) {
    const TopicPartition tp{topic, PartitionIndex{static_cast<int32_t>(i)}};
    logs_.emplace(fnv1a(to_string(tp)), tp);
  }
  world_.node(Plan::kBroker).on_product_event =
      [this](const Site& site, const std::array<uint64_t, 4>& values) { on_event(site, values); };
}

void BrokerWatch::add(VerdictKind kind, std::string_view what, std::string sentence) {
  findings_.push_back({kind, std::string(what), std::move(sentence), world_.simulator().now_ns()});
}

void BrokerWatch::on_event(const Site& site, const std::array<uint64_t, 4>& values) {
  if (!site.name.starts_with("log.")) return;
  const auto it = logs_.find(values[0]);
  if (it == logs_.end()) return;
  const TopicPartition& tp = it->second;
  DiskImage& disk = world_.node(Plan::kBroker).disk();
  if (site.id == kAppended.id) {
    log_oracle_.appended(tp, offset_of(values[1]), offset_of(values[2]));
  } else if (site.id == kFlushed.id) {
    const Offset end = offset_of(values[1]);
    log_oracle_.flushed(tp, end, durable_end(tp, end));
  } else if (site.id == kSealed.id) {
    const Offset end = offset_of(values[1]);
    log_oracle_.sealed(tp, end, durable_end(tp, end));
  } else if (site.id == kStart.id) {
    const Offset start = offset_of(values[1]);
    log_starts_[tp] = start;
    log_oracle_.started(tp, start);
    // values[3] is the end of the segment: the log may start later still, for records that are asked to
    // go. What may go is looked at when it is decided, for a power loss may take what was left then.
    constexpr uint64_t kSegmentLeaves = 2;
    constexpr uint64_t kSegmentGone = 3;
    if (values[2] == kSegmentLeaves) check_leaves(tp, offset_of(values[3]));
    if (values[2] == kSegmentGone) log_oracle_.start_promised(tp, offset_of(values[3]));
  } else if (site.id == kOpened.id) {
    const MediumLog log = log_on_medium(disk, tp, MediumView::seen);
    // Up to the floor a log may end in records that are lost and reported so.
    const Offset sound = std::max(log.end, durable_floor(disk, tp, MediumView::seen));
    log_oracle_.opened(tp, offset_of(values[1]), offset_of(values[2]), sound, values[3],
                       producer_state_digest(log.batches, log.producers_at_start));
  } else if (site.id == kCut.id || site.id == kDamaged.id) {
    admitted_.insert(tp);
  } else if (site.id == kOffline.id && on_offline) {
    on_offline();
  }
  for (; log_findings_seen_ < log_oracle_.findings().size(); ++log_findings_seen_) {
    const LogFinding& finding = log_oracle_.findings()[log_findings_seen_];
    add(VerdictKind::invariant, finding.what, finding.sentence);
  }
}

// A lie shows only when the power is gone; until then nobody can know.
Offset BrokerWatch::durable_end(const TopicPartition& tp, Offset said) {
  SimNode& node = world_.node(Plan::kBroker);
  return node.disk_faults().lying_sync.fired > 0 ? said : durable_ends_.of(node.disk(), tp);
}

// A segment may go because somebody asked for it, or because what is left is as much as retention
// keeps.
void BrokerWatch::check_leaves(const TopicPartition& tp, Offset start) {
  Offset& decided = leaves_decided_[tp];
  if (start <= std::max(trims_asked_[tp], decided)) return;
  decided = start;
  const uint64_t left = segment_bytes_on_medium(world_.node(Plan::kBroker).disk(), tp, start);
  if (plan_.retention_bytes > 0 && left >= plan_.retention_bytes) return;
  add(VerdictKind::invariant, "deleted_too_much",
      fmt::format("{}: starts at {} now, with {} bytes left; nobody asked for that", to_string(tp),
                  start.value(), left));
}

Offset BrokerWatch::log_start(const TopicPartition& tp) const {
  const auto it = log_starts_.find(tp);
  return it == log_starts_.end() ? Offset{0} : it->second;
}

void BrokerWatch::trim_asked(const TopicPartition& tp, Offset offset) {
  trims_asked_[tp] = std::max(trims_asked_[tp], offset);
}

void BrokerWatch::trim_acked(const TopicPartition& tp, Offset low_watermark) {
  log_oracle_.start_promised(tp, low_watermark);
}

void BrokerWatch::acked(const TopicPartition& tp, Offset offset, uint64_t value) {
  durability_.acked(tp, {offset, value},
                    plan_.flush_before_ack ? DurabilityPromise::flushed_before_ack
                                           : DurabilityPromise::not_flushed);
}

void BrokerWatch::damaged(const DiskDamage& damage) {
  DiskImage& disk = world_.node(Plan::kBroker).disk();
  const auto tp = charge_damage(disk, damage, budget_);
  if (damage.cause == DamageCause::lying_sync) {
    (void)charge_damage(disk, damage, unseen_);
  } else if (tp) {
    rotten_.insert(*tp);
  }
}

void BrokerWatch::power_lost() {
  log_oracle_.power_lost();
  check_medium(CrashKind::power_lost);
}

void BrokerWatch::stopped() {
  // Without flush-before-ack an ack that was on its way when the power failed may speak of an offset
  // that is another's by now: the history checker's part.
  if (plan_.flush_before_ack) check_medium(CrashKind::process_killed);
}

void BrokerWatch::check_medium(CrashKind crash) {
  for (const auto& [id, tp] : logs_) {
    // After a loss of power an index may be of a tail that is gone, until the log is opened.
    if (crash == CrashKind::process_killed && !budget_.touches(tp)) {
      const std::string file = index_disagreement(world_.node(Plan::kBroker).disk(), tp);
      if (!file.empty()) {
        add(VerdictKind::invariant, "index_disagrees",
            to_string(tp) + "/" + file + " says of its segment what that does not hold");
      }
    }
    const auto readable = records_on_medium(world_.node(Plan::kBroker).disk(), tp);
    for (const DurabilityFinding& finding :
         durability_.recovered(tp, crash, log_starts_[tp], readable, budget_)) {
      if (finding.is_violation()) {
        add(VerdictKind::invariant, name(finding.kind), finding.sentence);
      } else if (finding.kind == DurabilityFinding::Kind::destroyed_by_fault) {
        ++destroyed_;
      } else {
        ++allowed_losses_;
      }
    }
  }
}

bool BrokerWatch::may_be_missing(const TopicPartition& tp, Offset offset,
                                 const HistoryRecorder& recorder) const {
  if (recorder.was_reported(tp, offset)) return true;
  // In the middle of a log every record that is gone answers with an error. A tail that is cut off is
  // reported by the log; one that a sync lied about leaves nothing to notice.
  if (unseen_.may_be_another(tp, offset)) return true;
  return budget_.may_be_another(tp, offset) && (admitted_.contains(tp) || !rotten_.contains(tp));
}

void BrokerWatch::report(RunRecord& record) const {
  record.findings.insert(record.findings.end(), findings_.begin(), findings_.end());
  record.allowed_losses = allowed_losses_;
  record.destroyed = destroyed_;
}

}  // namespace weir
