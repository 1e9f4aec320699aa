#include "reports/message_matcher.h"

namespace weir::reports {

void MessageMatcher::learn(Channel& channel, uint32_t node) {
  for (uint32_t& known : channel.nodes) {
    if (known == node) return;
    if (known == 0) {
      known = node;
      return;
    }
  }
}

void MessageMatcher::sent(int64_t time_ns, uint32_t node, uint64_t channel, uint64_t bytes) {
  Channel& line = channels_[channel];
  learn(line, node);
  line.under_way.push_back(first_ + messages_.size());
  ++line.kept;
  messages_.push_back({.sent_ns = time_ns, .from = node, .channel = channel, .bytes = bytes});
  if (messages_.size() > limit_) forget_oldest();
}

void MessageMatcher::forget_oldest() {
  const auto line = channels_.find(messages_.front().channel);
  std::deque<uint64_t>& under_way = line->second.under_way;
  if (!under_way.empty() && under_way.front() == first_) under_way.pop_front();
  if (--line->second.kept == 0) channels_.erase(line);
  messages_.pop_front();
  ++first_;
}

size_t MessageMatcher::find(Channel& channel, uint32_t receiver, uint64_t bytes, bool not_held) {
  // From the other node first; from the same one when both ends are there.
  for (const bool from_other : {true, false}) {
    for (size_t i = 0; i < channel.under_way.size(); ++i) {
      const Message* const message = at(channel.under_way[i]);
      if (message == nullptr || (message->from != receiver) != from_other) continue;
      if (not_held && message->held_ns != Message::kNever) continue;
      if (message->bytes == bytes) return i;
    }
  }
  return channel.under_way.size();
}

void MessageMatcher::held(int64_t time_ns, uint32_t node, uint64_t channel, uint64_t bytes) {
  const auto line = channels_.find(channel);
  if (line == channels_.end()) return;
  const size_t place = find(line->second, node, bytes, true);
  if (place == line->second.under_way.size()) return;
  Message& message = *at(line->second.under_way[place]);
  message.held_ns = time_ns;
  message.to = node;
  learn(line->second, node);
}

void MessageMatcher::delivered(int64_t time_ns, uint32_t node, uint64_t channel, uint64_t bytes) {
  const auto line = channels_.find(channel);
  if (line == channels_.end()) return;
  std::deque<uint64_t>& under_way = line->second.under_way;
  const size_t place = find(line->second, node, bytes, false);
  if (place == under_way.size()) return;
  Message& message = *at(under_way[place]);
  message.delivered_ns = time_ns;
  message.to = node;
  learn(line->second, node);
  under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(place));
}

std::vector<Message> MessageMatcher::take() {
  for (Message& message : messages_) {
    if (message.to != 0) continue;
    const Channel& channel = channels_[message.channel];
    message.to = channel.nodes[0] == message.from ? channel.nodes[1] : channel.nodes[0];
  }
  std::vector<Message> all(messages_.begin(), messages_.end());
  messages_.clear();
  channels_.clear();
  return all;
}

}  // namespace weir::reports
