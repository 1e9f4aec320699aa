#include "model/oracle/history_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir {
namespace {

class Indexer {
 public:
  explicit Indexer(const History& history) : history_(history) {}

  HistoryIndex run() {
    for (size_t i = 0; i < history_.size(); ++i) {
      const Operation& operation = history_[i];
      PartitionFacts& facts = index_.partitions[operation.tp];
      switch (operation.kind) {
        case OperationKind::produce: produce(facts, i); break;
        case OperationKind::assign: assign(operation); break;
        case OperationKind::poll: poll(facts, i); break;
      }
    }
    return std::move(index_);
  }

 private:
  void produce(PartitionFacts& facts, size_t i) {
    const Operation& operation = history_[i];
    const auto [first, is_new] = first_produce_.emplace(operation.value, i);
    if (!is_new) {
      index_.broken.push_back(
          {AnomalyKind::bad_history,
           fmt::format("{}: value {} is produced by operation {} and again by operation {}",
                       to_string(operation.tp), operation.value, first->second, i),
           operation.tp, kNoOffset, operation.value, i});
      return;
    }
    WriteFacts& write = facts.writes[operation.value];
    write = {i, operation.outcome, std::nullopt};
    if (operation.outcome != Outcome::ok || !operation.offset) return;
    write.acked_at = operation.offset;
    facts.sends[operation.process].push_back(i);
    see(facts, {*operation.offset, operation.value, i, false});
  }

  void assign(const Operation& operation) {
    positions_.erase({operation.process, operation.tp});
    if (!operation.offset) return;
    positions_.emplace(std::pair{operation.process, operation.tp}, *operation.offset + -1);
  }

  void poll(PartitionFacts& facts, size_t i) {
    const Operation& operation = history_[i];
    for (const PolledRecord& record : operation.records) {
      see(facts, {record.offset, record.value, i, true});
      facts.polled.emplace(record.offset, i);
      // Without an assign the process starts at the first record that it reads.
      const auto [position, is_new] = positions_.emplace(
          std::pair{operation.process, operation.tp}, record.offset + -1);
      facts.steps.push_back({position->second, record.offset, record.value, i});
      position->second = record.offset;
    }
    if (!operation.final_poll) return;
    const auto position = positions_.find({operation.process, operation.tp});
    const Offset end = position == positions_.end() ? kNoOffset : position->second;
    facts.read_to_end_after = std::min(facts.read_to_end_after.value_or(end), end);
  }

  static void see(PartitionFacts& facts, const Sighting& sighting) {
    facts.by_offset[sighting.offset].push_back(facts.sightings.size());
    facts.by_value[sighting.value].push_back(facts.sightings.size());
    facts.sightings.push_back(sighting);
  }

  const History& history_;
  HistoryIndex index_;
  std::map<uint64_t, size_t> first_produce_;  // by value
  std::map<std::pair<uint64_t, TopicPartition>, Offset> positions_;
};

}  // namespace

HistoryIndex index_history(const History& history) { return Indexer{history}.run(); }

}  // namespace weir
