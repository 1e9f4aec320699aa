// ProducerState: what makes a producer's retry harmless (KIP-98). Pure.
//
// For each producer id the log remembers the epoch and its last five batches: sequences and the
// offsets they got. It is a fold over the log's batches, so that recovery rebuilds it by reading
// them again.
//
//   batch of a producer           answer
//   first ever seen               append
//   older epoch                   invalid_producer_epoch
//   newer epoch                   append if it starts at sequence 0, else out_of_order
//   one of the last five          duplicate: the offsets it got then
//   next in sequence (2^31-1 -> 0)  append
//   anything else                 out_of_order_sequence_number
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "model/record/batch.h"
#include "model/types/error_code.h"

namespace weir {

class ProducerState {
 public:
  static constexpr size_t kRememberedBatches = 5;

  struct Decision {
    ErrorCode error = ErrorCode::none;
    std::optional<Offset> duplicate_of;  // base offset of the batch that is there already
    Offset duplicate_last;
  };
  // What to do with `batch`, whose offsets are not assigned yet.
  [[nodiscard]] Decision check(const BatchView& batch) const;
  // `batch` is in the log at these offsets.
  void appended(const BatchView& batch, Offset base_offset);
  void clear() { producers_.clear(); }
  [[nodiscard]] size_t size() const { return producers_.size(); }
  // Fold of everything it knows, for oracles: equal states have equal digests.
  [[nodiscard]] uint64_t digest() const;

 private:
  struct Remembered {
    Sequence first_sequence;
    Sequence last_sequence;
    Offset base_offset;
    Offset last_offset;
  };
  struct Producer {
    ProducerEpoch epoch;
    std::array<Remembered, kRememberedBatches> batches;
    size_t count = 0;  // remembered, newest last
  };
  std::map<ProducerId, Producer> producers_;
};

}  // namespace weir
