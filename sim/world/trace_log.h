// TraceLog: the rolling hash over everything that happens, and the flight record of the last events.
//
// Always on. Two runs are the same run if and only if their hashes are equal; the hash is printed
// with every verdict. It folds the fields of an event (never struct bytes) and every choice, and
// contains no address, so that it is the same in every build and under every compiler.
//
//   word(event) = (a ^ k1) x (b ^ k2)  ^  (c ^ k3) x (d ^ k4)  ^  (time ^ k5) x (who ^ site)
//                 x: 64 x 64 -> 128 bits, both halves xored
//   hash'       = fold64(hash, word ^ choices)               one dependent step an event
//
// An event is only stored when it happens; kBatch of them are folded at a time, when their words no
// longer wait for each other and the code that caused them is not kept waiting. When is invisible:
// hash() folds what is left.
//
// A TraceSink sees every event as it happens (the readable trace, the divergence finder); what a
// sink does cannot be observed by the run.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/base/hash.h"
#include "sim/base/site.h"

namespace weir {

struct TraceEvent {
  int64_t time_ns = 0;   // virtual, since the start of the run
  uint32_t node = 0;     // 0: the world itself
  uint32_t fiber = 0;    // low bits of the fiber's id; 0: not from a fiber
  const Site* site = nullptr;
  std::array<uint64_t, 4> values{};
};

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  // `hash` is the rolling hash after this event.
  virtual void on_event(const TraceEvent& event, uint64_t hash) = 0;
};

class TraceLog {
 public:
  static constexpr size_t kRingEvents = 1 << 8;

  // Folded at a time.
  static constexpr size_t kBatch = 1 << 6;

  TraceLog() : ring_(kRingEvents) {}

  void record([[maybe_unused]] int64_t time_ns, [[maybe_unused]] uint32_t node,
              [[maybe_unused]] uint32_t fiber, [[maybe_unused]] const Site& site,
              [[maybe_unused]] uint64_t a = 0, [[maybe_unused]] uint64_t b = 0,
              [[maybe_unused]] uint64_t c = 0, [[maybe_unused]] uint64_t d = 0) {
#ifndef WEIR_MEASURE_WITHOUT_TRACE  // only tests/bench, to know what the trace costs
    ring_[count_ & (kRingEvents - 1)] = {{time_ns, node, fiber, &site, {a, b, c, d}}, choices_};
    ++count_;
    if ((count_ & (kBatch - 1)) == 0 || sink_ != nullptr) fold_and_show();
#endif
  }

  // A choice enters the hash with the next event, and takes no place in the flight record.
  void mix_choice([[maybe_unused]] const Site& site, [[maybe_unused]] uint64_t n,
                  [[maybe_unused]] uint64_t answer) {
#ifndef WEIR_MEASURE_WITHOUT_TRACE
    const uint64_t what = answer ^ site.id ^ (n << 32) ^ (n >> 32);
    choices_ = (((choices_ << 5) | (choices_ >> 59)) ^ what) * 0x9e3779b97f4a7c15ULL;
#endif
  }

  [[nodiscard]] uint64_t hash() const { return fold64(folded(), choices_); }
  [[nodiscard]] uint64_t count() const { return count_; }
  // The last events, oldest first, at most kRingEvents.
  [[nodiscard]] std::vector<TraceEvent> last() const;
  void set_sink(TraceSink* sink) {
    hash_ = folded();
    folded_ = count_;
    sink_ = sink;
  }

 private:
  struct alignas(64) Entry {
    TraceEvent event;
    uint64_t choices = 0;  // all before the event
  };
  [[nodiscard]] uint64_t folded() const;
  void fold_and_show();

  uint64_t hash_ = 0;    // of the first folded_ events
  uint64_t folded_ = 0;
  uint64_t choices_ = 0;  // all of them so far
  uint64_t count_ = 0;
  TraceSink* sink_ = nullptr;
  std::vector<Entry> ring_;
};

}  // namespace weir
