// TraceLog: the rolling hash over everything that happens, and the flight record of the last events.
//
// Always on. Two runs are the same run if and only if their hashes are equal; the hash is printed
// with every verdict. It folds the fields of an event (never struct bytes) and every choice, and
// contains no address, so that it is the same in every build and under every compiler.
//
//   word(event) = sum over fields of (field + k_i) * m_i     independent products, so they overlap
//   hash'       = fold64(hash, word)                         one dependent step an event
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
  static constexpr size_t kRingEvents = 1 << 12;

  TraceLog() : ring_(kRingEvents) {}

  void record(int64_t time_ns, uint32_t node, uint32_t fiber, const Site& site, uint64_t a = 0,
              uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) {
    const uint64_t who = (static_cast<uint64_t>(node) << 32) | fiber;
    const uint64_t word = static_cast<uint64_t>(time_ns) * 0x9e3779b97f4a7c15ULL +
                          (who + 1) * 0xc2b2ae3d27d4eb4fULL + site.id +
                          (a + 2) * 0x165667b19e3779f9ULL + (b + 3) * 0xd6e8feb86659fd93ULL +
                          (c + 4) * 0xa0761d6478bd642fULL + (d + 5) * 0xe7037ed1a0b428dbULL;
    hash_ = fold64(hash_, word);
    ring_[count_ & (kRingEvents - 1)] = {time_ns, node, fiber, &site, {a, b, c, d}};
    ++count_;
    if (sink_ != nullptr) sink_->on_event(ring_[(count_ - 1) & (kRingEvents - 1)], hash_);
  }

  // A choice enters the hash without taking a place in the flight record.
  void mix_choice(const Site& site, uint64_t n, uint64_t answer) {
    hash_ = fold64(hash_, site.id + n * 0x9e3779b97f4a7c15ULL + answer * 0xc2b2ae3d27d4eb4fULL);
  }

  [[nodiscard]] uint64_t hash() const { return hash_; }
  [[nodiscard]] uint64_t count() const { return count_; }
  // The last events, oldest first, at most kRingEvents.
  [[nodiscard]] std::vector<TraceEvent> last() const;
  void set_sink(TraceSink* sink) { sink_ = sink; }

 private:
  uint64_t hash_ = 0;
  uint64_t count_ = 0;
  TraceSink* sink_ = nullptr;
  std::vector<TraceEvent> ring_;
};

}  // namespace weir
