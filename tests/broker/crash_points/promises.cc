#include "tests/broker/crash_points/promises.h"

#include <fmt/format.h>

#include "model/oracle/log_oracle.h"
#include "model/record/batch_iterator.h"
#include "scenarios/checks/medium.h"
#include "scenarios/workloads/values.h"

namespace weir {
namespace {

bool same(const TopicInfo& a, const TopicInfo& b) {
  return a.id == b.id && a.partition_count == b.partition_count;
}

// All that a reader gets from `from` on; nothing when the log refuses.
std::optional<std::vector<StoredRecord>> await_read_all(PartitionLog& log, ErrorCode& error) {
  constexpr uint64_t kSome = 300;  // several reads, also into the middle of the log
  std::vector<StoredRecord> records;
  for (Offset next = log.log_start(); next < log.visible_end();) {
    const PartitionLog::Read read = log.await_read(next, kSome);
    error = read.error;
    const BatchScan scan = scan_batches(read.records);
    if (error != ErrorCode::none || scan.batches.empty()) return std::nullopt;
    for (const BatchView& batch : scan.batches) {
      BatchIterator iterator{batch};
      for (auto record = iterator.next(); record && *record; record = iterator.next()) {
        records.push_back({batch.base_offset() + (*record)->offset_delta,
                           value_id((*record)->value.value_or(ConstBytes{}))});
      }
      next = batch.last_offset() + 1;
    }
  }
  return records;
}

}  // namespace

void Promises::violated(std::string_view sentence) { violations_.emplace_back(sentence); }

void Promises::acked(const TopicPartition& tp, Offset offset, uint64_t value,
                     DurabilityPromise promise) {
  durability_.acked(tp, {offset, value}, promise);
}

void Promises::crashed(CrashKind crash) {
  if (crash == CrashKind::power_lost) ++power_losses_;
}

void Promises::log_started(const TopicPartition& tp, Offset start) {
  log_starts_[tp] = std::max(log_starts_[tp], start);
}

void Promises::await_check_opened(PartitionLog& log, const TopicPartition& tp, DiskImage& disk) {
  const LogRecovery& recovery = log.recovery();
  if (recovery.damages > 0 || recovery.segments_set_aside > 0) {
    violated(fmt::format("{}: recovery found {} damages and set {} segments aside",
                         to_string(tp), recovery.damages, recovery.segments_set_aside));
  }
  if (const std::string file = index_disagreement(disk, tp); !file.empty()) {
    violated(fmt::format("{}/{} says of its segment what that does not hold", to_string(tp), file));
  }
  if (log.log_start() < log_starts_[tp]) {
    violated(fmt::format("{}: the log starts at {}, and was said to start at {}", to_string(tp),
                         log.log_start().value(), log_starts_[tp].value()));
  }
  if (log.visible_end() != log.log_end()) {
    violated(fmt::format("{}: recovered up to {}, readers see {}", to_string(tp),
                         log.log_end().value(), log.visible_end().value()));
  }
  ErrorCode error = ErrorCode::none;
  const auto records = await_read_all(log, error);
  if (!records) {
    return violated(fmt::format("{}: the recovered log does not read: {}", to_string(tp),
                                name(error)));
  }
  check_records(tp, *records, disk, log.log_start(), log.flushed_end());
  const Offset end = records->empty() ? log.log_start() : records->back().offset + 1;
  if (end != log.log_end()) {
    violated(fmt::format("{}: the log ends at {}, its records at {}", to_string(tp),
                         log.log_end().value(), end.value()));
  }
}

void Promises::await_served(PartitionLog& log, const TopicPartition& tp) {
  ErrorCode error = ErrorCode::none;
  const auto records = await_read_all(log, error);
  if (!records) {
    return violated(fmt::format("{}: the log does not read: {}", to_string(tp), name(error)));
  }
  for (const StoredRecord& record : *records) {
    durability_.acked(tp, record, DurabilityPromise::flushed_before_ack);
  }
}

void Promises::check_shape(const TopicPartition& tp, const std::vector<StoredRecord>& records,
                           Offset start) {
  std::set<uint64_t> values;
  Offset next = start;
  for (const StoredRecord& record : records) {
    if (record.offset != next) {
      violated(fmt::format("{}: offset {} follows where {} should", to_string(tp),
                           record.offset.value(), next.value()));
    }
    next = record.offset + 1;
    if (record.digest == 0 || record.digest > last_value_) {
      violated(fmt::format("{}: offset {} holds what nobody sent", to_string(tp),
                           record.offset.value()));
    } else if (!values.insert(record.digest).second) {
      violated(fmt::format("{}: value {} stands at two offsets, the second is {}", to_string(tp),
                           record.digest, record.offset.value()));
    }
  }
}

void Promises::check_records(const TopicPartition& tp, const std::vector<StoredRecord>& records,
                             DiskImage& disk, Offset start, Offset promised_end) {
  check_shape(tp, records, start);
  std::vector<StoredRecord> stored = records_on_medium(disk, tp);
  std::erase_if(stored, [&](const StoredRecord& record) { return record.offset < start; });
  const bool as_stored = std::equal(
      records.begin(), records.end(), stored.begin(), stored.end(),
      [](const auto& a, const auto& b) { return a.offset == b.offset && a.digest == b.digest; });
  if (!as_stored) {
    violated(fmt::format("{}: {} records are read, {} are on the medium, or others",
                         to_string(tp), records.size(), stored.size()));
  }
  uint64_t& checked = checked_after_[tp];
  const CrashKind crash =
      checked < power_losses_ ? CrashKind::power_lost : CrashKind::process_killed;
  checked = power_losses_;
  for (const DurabilityFinding& finding : durability_.recovered(tp, crash, start, records)) {
    if (finding.is_violation()) violated(finding.sentence);
  }
  for (const StoredRecord& record : records) {
    if (record.offset >= promised_end) break;
    durability_.acked(tp, record, DurabilityPromise::flushed_before_ack);
  }
}

void Promises::check_producers(const TopicPartition& tp, uint64_t digest, DiskImage& disk) {
  const MediumLog log = log_on_medium(disk, tp, MediumView::seen);
  const uint64_t expected = producer_state_digest(log.batches, log.producers_at_start);
  if (digest == expected) return;
  violated(to_string(tp) + ": the producer state is not the fold of the batches on the medium");
}

void Promises::check_topics(const MetadataCache::Topics& found) {
  for (const auto& [name, info] : topics_) {
    const auto at = found.find(name);
    if (at == found.end()) violated(fmt::format("topic {} was created and is gone", name));
    if (at != found.end() && !same(at->second, info)) {
      violated(fmt::format("topic {} is another one than was created", name));
    }
  }
  for (const auto& [name, info] : found) {
    const auto tried = topics_tried_.find(name);
    if (tried == topics_tried_.end() || !same(tried->second, info)) {
      violated(fmt::format("topic {} is none that anybody asked for", name));
    }
    topics_[name] = info;  // seen, and so promised
  }
}

void Promises::id_given(ProducerId id) {
  if (!ids_.insert(id).second) {
    violated(fmt::format("producer id {} was given out twice", id.value()));
  }
}

void Promises::cluster_id(const std::string& id) {
  if (!cluster_id_.empty() && id != cluster_id_) {
    violated(fmt::format("the cluster's id was {} and is {}", cluster_id_, id));
  }
  cluster_id_ = id;
}

}  // namespace weir
