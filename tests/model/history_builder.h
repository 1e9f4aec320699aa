// Histories that read as sentences, for one partition "t-0" unless told otherwise.
//
//   Story story;
//   story.ok(1, 10, 0).assign(2, 0).poll(2, {{0, 10}}).final_poll(2);
//
// Arguments are (process, value, offset), all plain numbers.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "model/oracle/history.h"

namespace weir {

class Story {
 public:
  using Records = std::vector<std::pair<int64_t, uint64_t>>;  // (offset, value)

  Story& on(int32_t partition) {
    tp_.partition = PartitionIndex{partition};
    return *this;
  }
  Story& ok(uint64_t process, uint64_t value, std::optional<int64_t> offset) {
    return produce(process, value, Outcome::ok, offset);
  }
  Story& failed(uint64_t process, uint64_t value) {
    return produce(process, value, Outcome::failed, std::nullopt);
  }
  Story& unknown(uint64_t process, uint64_t value) {
    return produce(process, value, Outcome::unknown, std::nullopt);
  }
  Story& assign(uint64_t process, int64_t offset) {
    Operation operation{.process = process, .kind = OperationKind::assign, .tp = tp_};
    operation.offset = Offset{offset};
    history.push_back(operation);
    return *this;
  }
  Story& poll(uint64_t process, const Records& records, bool final_poll = false) {
    Operation operation{.process = process, .kind = OperationKind::poll, .tp = tp_};
    for (const auto& [offset, value] : records) {
      operation.records.push_back({Offset{offset}, value});
    }
    operation.final_poll = final_poll;
    history.push_back(operation);
    return *this;
  }
  Story& final_poll(uint64_t process, const Records& records = {}) {
    return poll(process, records, true);
  }
  // The kinds that are found, in the order in which they are reported.
  [[nodiscard]] std::vector<AnomalyKind> kinds(const HistoryOptions& options = {}) const {
    std::vector<AnomalyKind> kinds;
    for (const Anomaly& anomaly : check_history(history, options).anomalies) {
      kinds.push_back(anomaly.kind);
    }
    return kinds;
  }

  History history;

 private:
  Story& produce(uint64_t process, uint64_t value, Outcome outcome,
                 std::optional<int64_t> offset) {
    Operation operation{.process = process, .tp = tp_, .outcome = outcome, .value = value};
    if (offset) operation.offset = Offset{*offset};
    history.push_back(operation);
    return *this;
  }
  TopicPartition tp_{"t", PartitionIndex{0}};
};

}  // namespace weir
