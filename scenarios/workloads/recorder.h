// HistoryRecorder: what the clients of a run asked and were answered, in order.
//
// An operation is entered when it is invoked and completed when the answer comes; one that never
// gets an answer (its client died, or the run ended) stays `unknown`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/oracle/history.h"

namespace weir {

class HistoryRecorder {
 public:
  // Called for each acked record, when its ack arrives.
  std::function<void(const TopicPartition&, Offset, uint64_t value)> on_acked;

  // Called when somebody asks for records to be deleted, and when that is done.
  std::function<void(const TopicPartition&, Offset)> on_trim_asked;
  std::function<void(const TopicPartition&, Offset low_watermark)> on_trim_acked;

  uint64_t next_value() { return ++last_value_; }
  size_t produce_invoked(uint64_t process, const TopicPartition& tp, uint64_t value);
  void produce_acked(size_t operation, Offset offset);
  void produce_failed(size_t operation) { at(operation).outcome = Outcome::failed; }
  void assigned(uint64_t process, const TopicPartition& tp, Offset from);
  void polled(uint64_t process, const TopicPartition& tp, std::vector<PolledRecord> records,
              bool final_poll);

  // A reader was told that this record is damaged, and goes on behind it.
  void corruption_reported(const TopicPartition& tp, Offset offset) { reported_[tp].insert(offset); }
  [[nodiscard]] bool was_reported(const TopicPartition& tp, Offset offset) const {
    const auto it = reported_.find(tp);
    return it != reported_.end() && it->second.contains(offset);
  }
  [[nodiscard]] uint64_t reported() const {
    uint64_t count = 0;
    for (const auto& [tp, offsets] : reported_) count += offsets.size();
    return count;
  }
  // A client saw what no broker may do: answers in another order, of another request.
  void violated(std::string sentence) { violations_.push_back(std::move(sentence)); }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] uint64_t count(Outcome outcome) const;
  [[nodiscard]] uint64_t records_read() const { return records_read_; }

 private:
  Operation& at(size_t operation) { return history_.at(operation); }
  History history_;
  uint64_t last_value_ = 0;
  uint64_t records_read_ = 0;
  std::map<TopicPartition, std::set<Offset>> reported_;
  std::vector<std::string> violations_;
};

}  // namespace weir
