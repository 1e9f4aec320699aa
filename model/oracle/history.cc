#include "model/oracle/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "model/oracle/history_index.h"

namespace weir {
namespace {

constexpr size_t kKinds = static_cast<size_t>(AnomalyKind::bad_history) + 1;

// Judges one partition; each function looks for one family of anomalies.
class PartitionJudge {
 public:
  PartitionJudge(const History& history, const HistoryOptions& options, const TopicPartition& tp,
                 const PartitionFacts& facts, std::vector<Anomaly>& out)
      : history_(history), options_(options), tp_(tp), name_(to_string(tp)), facts_(facts),
        out_(out) {}

  void run() {
    missing_writes();
    inconsistent_offsets();
    if (!options_.duplicates_allowed) duplicates();
    polls();
    if (!options_.reordered_sends_allowed) sends();
    unwritten_reads();
  }

 private:
  void report(AnomalyKind kind, Offset offset, uint64_t value, size_t operation,
              std::string sentence) {
    if (counts_[static_cast<size_t>(kind)]++ >= options_.limit_per_kind) return;
    out_.push_back({kind, name_ + ": " + std::move(sentence), tp_, offset, value, operation});
  }
  [[nodiscard]] uint64_t process_of(size_t operation) const { return history_[operation].process; }

  [[nodiscard]] bool was_polled(uint64_t value) const {
    const auto at = facts_.by_value.find(value);
    return at != facts_.by_value.end() &&
           std::any_of(at->second.begin(), at->second.end(),
                       [&](size_t i) { return facts_.sightings[i].polled; });
  }

  // The step that jumped over each acked and never read offset, if any did.
  [[nodiscard]] std::map<Offset, const Step*> jumps_over(const std::vector<Offset>& wanted) const {
    std::map<Offset, const Step*> found;
    for (const Step& step : facts_.steps) {
      for (auto at = std::upper_bound(wanted.begin(), wanted.end(), step.after);
           at != wanted.end() && *at < step.to; ++at) {
        found.emplace(*at, &step);
      }
    }
    return found;
  }

  void missing_writes() {
    std::map<Offset, uint64_t> unread;
    std::vector<Offset> offsets;
    for (const auto& [value, write] : facts_.writes) {
      if (write.acked_at && !was_polled(value)) unread.emplace(*write.acked_at, value);
    }
    for (const auto& [offset, value] : unread) offsets.push_back(offset);
    const auto jumps = jumps_over(offsets);
    for (const auto& [offset, value] : unread) missing_write(offset, value, jumps);
  }

  void missing_write(Offset offset, uint64_t value, const std::map<Offset, const Step*>& jumps) {
    const size_t write = facts_.writes.at(value).operation;
    const std::string what =
        fmt::format("value {} of process {} (operation {}) was acked at offset {}", value,
                    process_of(write), write, offset.value());
    const auto jump = jumps.find(offset);
    const auto other = facts_.polled.find(offset);
    if (jump != jumps.end()) {
      report(AnomalyKind::lost_write, offset, value, write,
             fmt::format("{} and read by nobody, though process {} read past it to offset {} "
                         "(operation {})",
                         what, process_of(jump->second->operation), jump->second->to.value(),
                         jump->second->operation));
    } else if (other != facts_.polled.end()) {
      report(AnomalyKind::lost_write, offset, value, write,
             fmt::format("{}, but process {} found another value there (operation {})", what,
                         process_of(other->second), other->second));
    } else if (facts_.read_to_end_after && offset > *facts_.read_to_end_after) {
      report(AnomalyKind::unseen, offset, value, write,
             fmt::format("{} and read by nobody, though the final polls are over", what));
    }
  }

  void inconsistent_offsets() {
    for (const auto& [offset, sightings] : facts_.by_offset) {
      const Sighting& first = facts_.sightings[sightings.front()];
      for (const size_t i : sightings) {
        const Sighting& other = facts_.sightings[i];
        if (other.value == first.value) continue;
        report(AnomalyKind::inconsistent_offsets, offset, other.value, other.operation,
               fmt::format("offset {} holds value {} for process {} (operation {}) and value {} "
                           "for process {} (operation {})",
                           offset.value(), first.value, process_of(first.operation),
                           first.operation, other.value, process_of(other.operation),
                           other.operation));
        break;
      }
    }
  }

  void duplicates() {
    for (const auto& [value, sightings] : facts_.by_value) {
      const Sighting& first = facts_.sightings[sightings.front()];
      for (const size_t i : sightings) {
        const Sighting& other = facts_.sightings[i];
        if (other.offset == first.offset) continue;
        report(AnomalyKind::duplicate, other.offset, value, other.operation,
               fmt::format("value {} stands at offset {} (operation {}) and at offset {} "
                           "(process {}, operation {})",
                           value, first.offset.value(), first.operation, other.offset.value(),
                           process_of(other.operation), other.operation));
        break;
      }
    }
  }

  void polls() {
    for (const Step& step : facts_.steps) {
      const uint64_t process = process_of(step.operation);
      if (step.to <= step.after) {
        report(AnomalyKind::nonmonotonic_poll, step.to, step.value, step.operation,
               fmt::format("process {} reads value {} at offset {} (operation {}) although it "
                           "stood behind offset {}",
                           process, step.value, step.to.value(), step.operation,
                           step.after.value()));
        continue;
      }
      const auto skipped = facts_.polled.upper_bound(step.after);
      if (skipped == facts_.polled.end() || skipped->first >= step.to) continue;
      report(AnomalyKind::poll_skip, skipped->first, step.value, step.operation,
             fmt::format("process {} goes from behind offset {} to value {} at offset {} "
                         "(operation {}) and skips offset {}, which process {} read "
                         "(operation {})",
                         process, step.after.value(), step.value, step.to.value(), step.operation,
                         skipped->first.value(), process_of(skipped->second), skipped->second));
    }
  }

  void sends() {
    for (const auto& [process, operations] : facts_.sends) {
      size_t highest = operations.front();
      for (const size_t i : operations) {
        if (*history_[i].offset < *history_[highest].offset) {
          report(AnomalyKind::nonmonotonic_send, *history_[i].offset, history_[i].value, i,
                 fmt::format("process {} sent value {} (operation {}) before value {} "
                             "(operation {}), but they stand at offsets {} and {}",
                             process, history_[highest].value, highest, history_[i].value, i,
                             history_[highest].offset->value(), history_[i].offset->value()));
        } else {
          highest = i;
        }
      }
    }
  }

  void unwritten_reads() {
    for (const auto& [value, sightings] : facts_.by_value) {
      const auto polled = std::find_if(sightings.begin(), sightings.end(),
                                       [&](size_t i) { return facts_.sightings[i].polled; });
      if (polled == sightings.end()) continue;
      const Sighting& read = facts_.sightings[*polled];
      const auto write = facts_.writes.find(value);
      const std::string what =
          fmt::format("process {} read value {} at offset {} (operation {})",
                      process_of(read.operation), value, read.offset.value(), read.operation);
      if (write == facts_.writes.end()) {
        report(AnomalyKind::phantom, read.offset, value, read.operation,
               what + ", which nobody wrote to this partition");
      } else if (write->second.outcome == Outcome::failed) {
        report(AnomalyKind::aborted_read, read.offset, value, read.operation,
               fmt::format("{}, whose write by process {} (operation {}) definitely failed", what,
                           process_of(write->second.operation), write->second.operation));
      }
    }
  }

  const History& history_;
  const HistoryOptions& options_;
  const TopicPartition& tp_;
  const std::string name_;
  const PartitionFacts& facts_;
  std::vector<Anomaly>& out_;
  std::array<size_t, kKinds> counts_{};
};

}  // namespace

std::string_view name(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::lost_write: return "lost_write";
    case AnomalyKind::unseen: return "unseen";
    case AnomalyKind::inconsistent_offsets: return "inconsistent_offsets";
    case AnomalyKind::duplicate: return "duplicate";
    case AnomalyKind::poll_skip: return "poll_skip";
    case AnomalyKind::nonmonotonic_poll: return "nonmonotonic_poll";
    case AnomalyKind::nonmonotonic_send: return "nonmonotonic_send";
    case AnomalyKind::aborted_read: return "aborted_read";
    case AnomalyKind::phantom: return "phantom";
    case AnomalyKind::bad_history: return "bad_history";
  }
  return "?";
}

bool Verdict::has(AnomalyKind kind) const {
  return std::any_of(anomalies.begin(), anomalies.end(),
                     [kind](const Anomaly& anomaly) { return anomaly.kind == kind; });
}

Verdict check_history(const History& history, const HistoryOptions& options) {
  HistoryIndex index = index_history(history);
  Verdict verdict;
  verdict.anomalies = std::move(index.broken);
  for (const auto& [tp, facts] : index.partitions) {
    PartitionJudge{history, options, tp, facts, verdict.anomalies}.run();
  }
  return verdict;
}

}  // namespace weir
