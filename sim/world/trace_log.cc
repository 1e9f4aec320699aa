#include "sim/world/trace_log.h"

#include <algorithm>

namespace weir {
namespace {

uint64_t word_of(const TraceEvent& event) {
  const auto& [a, b, c, d] = event.values;
  const uint64_t who = (static_cast<uint64_t>(event.node) << 32) | event.fiber;
  return cross(a ^ 0xa0761d6478bd642fULL, b ^ 0xe7037ed1a0b428dbULL) ^
         cross(c ^ 0x8ebc6af09c88c6e3ULL, d ^ 0x589965cc75374cc3ULL) ^
         cross(static_cast<uint64_t>(event.time_ns) ^ 0x1d8e4e27c47d124fULL, who ^ event.site->id);
}

}  // namespace

uint64_t TraceLog::folded() const {
  uint64_t hash = hash_;
  for (uint64_t i = folded_; i < count_; ++i) {
    const Entry& entry = ring_[i & (kRingEvents - 1)];
    hash = fold64(hash, word_of(entry.event) ^ entry.choices);
  }
  return hash;
}

void TraceLog::fold_and_show() {
  hash_ = folded();
  folded_ = count_;
  if (sink_ != nullptr) sink_->on_event(ring_[(count_ - 1) & (kRingEvents - 1)].event, hash());
}

std::vector<TraceEvent> TraceLog::last() const {
  std::vector<TraceEvent> events;
  const uint64_t kept = std::min<uint64_t>(count_, kRingEvents);
  events.reserve(kept);
  for (uint64_t i = count_ - kept; i < count_; ++i) {
    events.push_back(ring_[i & (kRingEvents - 1)].event);
  }
  return events;
}

}  // namespace weir
