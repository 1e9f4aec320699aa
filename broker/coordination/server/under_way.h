// UnderWay: what a server has begun for its clients and not ended, and how much memory that holds.
//
// Questions that the leader was asked are known by their origin (forwarding.h); requests that only wait for
// those before them are counted. Belongs to one CoordinationServer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "sim/base/check.h"

namespace weir {

class UnderWay {
 public:
  void ask(int64_t origin, uint64_t connection, size_t bytes) {
    by_origin_[origin] = {connection, bytes};
    bytes_ += bytes;
  }
  // The connection that waits for the answer; nothing when nobody does any more.
  std::optional<uint64_t> take(int64_t origin) {
    const auto at = by_origin_.find(origin);
    if (at == by_origin_.end()) return std::nullopt;
    const Question question = at->second;
    by_origin_.erase(at);
    bytes_ -= question.bytes;
    return question.connection;
  }
  void forget_all_questions() {
    for (const auto& [origin, question] : by_origin_) bytes_ -= question.bytes;
    by_origin_.clear();
  }
  void wait(size_t bytes) {
    ++waiting_;
    bytes_ += bytes;
  }
  void end_wait(size_t bytes) {
    CHECK(waiting_ > 0 && bytes_ >= bytes);
    --waiting_;
    bytes_ -= bytes;
  }
  [[nodiscard]] size_t questions() const { return by_origin_.size(); }
  [[nodiscard]] size_t requests() const { return by_origin_.size() + waiting_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  struct Question {
    uint64_t connection = 0;
    size_t bytes = 0;
  };
  std::map<int64_t, Question> by_origin_;
  size_t waiting_ = 0;
  size_t bytes_ = 0;
};

}  // namespace weir
