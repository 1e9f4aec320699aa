#include "model/oracle/durability.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

using Kind = DurabilityFinding::Kind;

const StoredRecord* find_record(const std::vector<StoredRecord>& readable, Offset offset) {
  const auto at = std::lower_bound(
      readable.begin(), readable.end(), offset,
      [](const StoredRecord& record, Offset wanted) { return record.offset < wanted; });
  return at != readable.end() && at->offset == offset ? &*at : nullptr;
}

std::string sentence(Kind kind, const TopicPartition& tp, Offset offset, CrashKind crash) {
  const char* const after =
      crash == CrashKind::process_killed ? "after the process was killed" : "after power was lost";
  const char* what = "";
  switch (kind) {
    case Kind::lost: what = "was acked with the promise to survive this, and is gone"; break;
    case Kind::changed: what = "was acked, and holds something else now"; break;
    case Kind::hole: what = "was acked and is gone, although a later record is there"; break;
    case Kind::destroyed_by_fault: what = "was destroyed by a fault of the disk"; break;
    case Kind::allowed_by_settings: what = "was acked before it was flushed, and is gone"; break;
  }
  return fmt::format("{}: the record at offset {} {} ({})", to_string(tp), offset.value(), what,
                     after);
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::lost: return "lost";
    case Kind::changed: return "changed";
    case Kind::hole: return "hole";
    case Kind::destroyed_by_fault: return "destroyed_by_fault";
    case Kind::allowed_by_settings: return "allowed_by_settings";
  }
  return "?";
}

void DurabilityOracle::acked(const TopicPartition& tp, const StoredRecord& record,
                             DurabilityPromise promise) {
  acked_[tp][record.offset] = {record.digest, promise};
}

std::vector<DurabilityFinding> DurabilityOracle::recovered(
    const TopicPartition& tp, CrashKind crash, Offset log_start,
    const std::vector<StoredRecord>& readable, const LossBudget& budget) {
  std::vector<DurabilityFinding> findings;
  auto& acked = acked_[tp];
  acked.erase(acked.begin(), acked.lower_bound(log_start));
  for (auto at = acked.begin(); at != acked.end();) {
    const Offset offset = at->first;
    const StoredRecord* const found = find_record(readable, offset);
    if (found != nullptr && found->digest == at->second.digest) {
      ++at;
      continue;
    }
    const bool promised = crash == CrashKind::process_killed ||
                          at->second.promise == DurabilityPromise::flushed_before_ack;
    const bool later = !readable.empty() && readable.back().offset > offset;
    const bool destroyed = found != nullptr ? budget.may_be_another(tp, offset)
                                            : budget.may_miss(tp, offset);
    const Kind kind = destroyed          ? Kind::destroyed_by_fault
                      : found != nullptr ? Kind::changed
                      : promised       ? Kind::lost
                      : later          ? Kind::hole
                                       : Kind::allowed_by_settings;
    findings.push_back({kind, tp, offset, sentence(kind, tp, offset, crash)});
    at = acked.erase(at);
  }
  return findings;
}

size_t DurabilityOracle::remembered(const TopicPartition& tp) const {
  const auto at = acked_.find(tp);
  return at == acked_.end() ? 0 : at->second.size();
}

}  // namespace weir
