// MessageMatcher: sends and arrivals of a trace to messages.
//
// A connection keeps order in each direction and never loses a byte, so the oldest send of the same
// size that is still under way from the other end is the one that arrived. What never arrived stays
// a message without an arrival. Keeps the latest `limit` messages and counts what it forgot.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "reports/timeline.h"

namespace weir::reports {

class MessageMatcher {
 public:
  explicit MessageMatcher(size_t limit) : limit_(limit) {}

  void sent(int64_t time_ns, uint32_t node, uint64_t channel, uint64_t bytes);
  void held(int64_t time_ns, uint32_t node, uint64_t channel, uint64_t bytes);
  void delivered(int64_t time_ns, uint32_t node, uint64_t channel, uint64_t bytes);

  [[nodiscard]] uint64_t forgotten() const { return first_; }
  // In the order of sending, with both ends as far as they are known.
  [[nodiscard]] std::vector<Message> take();

 private:
  struct Channel {
    uint32_t nodes[2] = {0, 0};      // 0: not known yet
    std::deque<uint64_t> under_way;  // numbers of messages, oldest first
    uint64_t kept = 0;               // messages that are not forgotten
  };
  static void learn(Channel& channel, uint32_t node);
  void forget_oldest();
  Message* at(uint64_t number) { return number < first_ ? nullptr : &messages_[number - first_]; }
  // The place in under_way, or its size. Not held yet, if `not_held`.
  size_t find(Channel& channel, uint32_t receiver, uint64_t bytes, bool not_held);

  const size_t limit_;
  uint64_t first_ = 0;  // number of messages_.front()
  std::deque<Message> messages_;
  std::map<uint64_t, Channel> channels_;
};

}  // namespace weir::reports
