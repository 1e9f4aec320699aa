#include "scenarios/workloads/recorder.h"

#include <algorithm>

namespace weir {

size_t HistoryRecorder::produce_invoked(uint64_t process, const TopicPartition& tp,
                                        uint64_t value) {
  history_.push_back({.process = process,
                      .kind = OperationKind::produce,
                      .tp = tp,
                      .outcome = Outcome::unknown,
                      .value = value});
  return history_.size() - 1;
}

void HistoryRecorder::produce_acked(size_t operation, Offset offset) {
  Operation& produce = at(operation);
  produce.outcome = Outcome::ok;
  if (offset < Offset{0}) return;
  produce.offset = offset;
  if (on_acked) on_acked(produce.tp, offset, produce.value);
}

void HistoryRecorder::assigned(uint64_t process, const TopicPartition& tp, Offset from) {
  history_.push_back(
      {.process = process, .kind = OperationKind::assign, .tp = tp, .offset = from});
}

void HistoryRecorder::polled(uint64_t process, const TopicPartition& tp,
                             std::vector<PolledRecord> records, bool final_poll) {
  records_read_ += records.size();
  history_.push_back({.process = process,
                      .kind = OperationKind::poll,
                      .tp = tp,
                      .records = std::move(records),
                      .final_poll = final_poll});
}

uint64_t HistoryRecorder::count(Outcome outcome) const {
  return static_cast<uint64_t>(
      std::count_if(history_.begin(), history_.end(), [outcome](const Operation& operation) {
        return operation.kind == OperationKind::produce && operation.outcome == outcome;
      }));
}

}  // namespace weir
