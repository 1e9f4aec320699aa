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
// PCT, delay bounding and exhaustive search are further oracles behind the same question.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/site.h"
#include "sim/base/stream.h"

namespace weir {

class ChoiceOracle {
 public:
  virtual ~ChoiceOracle() = default;
  // A number in [0, n), n > 1. `stream` belongs to the asking component and purpose.
  virtual uint64_t choose(const Site& site, Stream& stream, uint64_t n) = 0;
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
    if (next_ < choices_.size() && !mismatch_) {
      const RecordedChoice& recorded = choices_[next_];
      if (recorded.site_id == site.id && recorded.n == n) {
        ++next_;
        return recorded.answer;
      }
      mismatch_ = next_;
    }
    return then_.choose(site, stream, n);
  }
  // Index of the first question that differed from the record.
  [[nodiscard]] std::optional<size_t> mismatch() const { return mismatch_; }
  [[nodiscard]] bool exhausted() const { return next_ == choices_.size(); }

 private:
  std::vector<RecordedChoice> choices_;
  ChoiceOracle& then_;
  size_t next_ = 0;
  std::optional<size_t> mismatch_;
};

}  // namespace weir
