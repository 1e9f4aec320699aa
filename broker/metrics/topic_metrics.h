// TopicMetrics: what one shard counts by topic.
//
// The first kMaxTopicSeries topics that are there have counters of their own, the others share one
// set, so neither memory nor a page grows without bound. Every shard hears of the same topics in the
// same order, so all agree on which are which, and the shared counters never fall. A topic that goes
// makes room for the next that is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weir {

inline constexpr size_t kMaxTopicSeries = 1000;
// As a label: no topic can have this name.
inline constexpr std::string_view kOtherTopics = "(others)";

struct TopicCounters {
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t messages_in = 0;

  void merge(const TopicCounters& other) {
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    messages_in += other.messages_in;
  }
};

class TopicMetrics {
 public:
  using Own = std::map<std::string, TopicCounters, std::less<>>;

  // Harmless when it is known.
  void add(std::string_view topic) {
    if (own_.size() < kMaxTopicSeries) own_.try_emplace(std::string(topic));
  }
  void remove(std::string_view topic) {
    if (const auto at = own_.find(topic); at != own_.end()) own_.erase(at);
  }
  TopicCounters& of(std::string_view topic) {
    const auto at = own_.find(topic);
    return at == own_.end() ? others_ : at->second;
  }
  [[nodiscard]] const Own& own() const { return own_; }
  [[nodiscard]] const TopicCounters& others() const { return others_; }

  void merge(const TopicMetrics& other) {
    for (const auto& [topic, counters] : other.own_) own_[topic].merge(counters);
    others_.merge(other.others_);
  }

 private:
  Own own_;
  TopicCounters others_;
};

}  // namespace weir
