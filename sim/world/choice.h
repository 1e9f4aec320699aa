// ChoiceOracle: every nondeterminism of the simulated world is one question, choose(site, n).
//
// Which fiber runs next, a latency, a torn sector, where a read is cut short: all are asked here.
// Whoever answers decides what kind of run it is:
//
//   RandomOracle     the caller's counter-based stream answers: a seeded run
//   RecordingOracle  another oracle answers, and the answers are kept
//   ReplayingOracle  kept answers are given again; a question that differs from the recorded one is
//                    the first sign that code or world have changed, and is reported
//
// One question names those it is about: choose_fiber(site, ready), who of the ready fibers runs
// next. An oracle that cares only about how many there are answers it as choose(site, n). Those
// that care who (first-in-first-out, PCT, delay bounding, exhaustive search) are in schedule/.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/site.h"
#include "sim/base/stream.h"

namespace weir {

// A fiber of the world. Ids ascend within one life of a process and begin anew with the next.
struct FiberId {
  uint32_t node = 0;
  uint32_t shard = 0;
  uint64_t fiber = 0;  // Fiber::id, unique over all shards of the process
  friend auto operator<=>(const FiberId&, const FiberId&) = default;
};

class ChoiceOracle {
 public:
  virtual ~ChoiceOracle() = default;
  // A number in [0, n), n > 1. `stream` belongs to the asking component and purpose.
  virtual uint64_t choose(const Site& site, Stream& stream, uint64_t n) = 0;
  // An index into `ready`, the fibers of one shard that could run now, the longest ready first.
  virtual uint64_t choose_fiber(const Site& site, Stream& stream, std::span<const FiberId> ready) {
    return choose(site, stream, ready.size());
  }
};

class RandomOracle final : public ChoiceOracle {
 public:
  uint64_t choose(const Site& /*site*/, Stream& stream, uint64_t n) override {
    return stream.below(n);
  }
};

struct RecordedChoice {
  uint64_t site_id = 0;
  uint64_t n = 0;
  uint64_t answer = 0;
  friend bool operator==(const RecordedChoice&, const RecordedChoice&) = default;
};

class RecordingOracle final : public ChoiceOracle {
 public:
  explicit RecordingOracle(ChoiceOracle& inner) : inner_(inner) {}
  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override {
    const uint64_t answer = inner_.choose(site, stream, n);
    choices_.push_back({site.id, n, answer});
    return answer;
  }
  uint64_t choose_fiber(const Site& site, Stream& stream,
                        std::span<const FiberId> ready) override {
    const uint64_t answer = inner_.choose_fiber(site, stream, ready);
    choices_.push_back({site.id, ready.size(), answer});
    return answer;
  }
  [[nodiscard]] const std::vector<RecordedChoice>& choices() const { return choices_; }

 private:
  ChoiceOracle& inner_;
  std::vector<RecordedChoice> choices_;
};

class ReplayingOracle final : public ChoiceOracle {
 public:
  // `then` answers when the record has ended or a question does not fit it.
  ReplayingOracle(std::vector<RecordedChoice> choices, ChoiceOracle& then)
      : choices_(std::move(choices)), then_(then) {}
  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override {
    const std::optional<uint64_t> kept = recorded(site, n);
    return kept ? *kept : then_.choose(site, stream, n);
  }
  uint64_t choose_fiber(const Site& site, Stream& stream,
                        std::span<const FiberId> ready) override {
    const std::optional<uint64_t> kept = recorded(site, ready.size());
    return kept ? *kept : then_.choose_fiber(site, stream, ready);
  }
  // Index of the first question that differed from the record.
  [[nodiscard]] std::optional<size_t> mismatch() const { return mismatch_; }
  [[nodiscard]] bool exhausted() const { return next_ == choices_.size(); }

 private:
  std::optional<uint64_t> recorded(const Site& site, uint64_t n) {
    if (next_ == choices_.size() || mismatch_) return std::nullopt;
    const RecordedChoice& kept = choices_[next_];
    if (kept.site_id != site.id || kept.n != n) {
      mismatch_ = next_;
      return std::nullopt;
    }
    ++next_;
    return kept.answer;
  }
  std::vector<RecordedChoice> choices_;
  ChoiceOracle& then_;
  size_t next_ = 0;
  std::optional<size_t> mismatch_;
};

}  // namespace weir
