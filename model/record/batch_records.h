// BatchRecords: the records of any batch, decompressed when they are compressed.
//
//   const auto records = TRY(BatchRecords::open(batch));
//   BatchIterator each = records.iterator();
//
// Owns the decompressed bytes, and borrows those of an uncompressed batch. Records that were handed
// out live as long as it and the batch do. Opening checks the codec and the frame; the iterator
// checks each record, so that a walk to the end has seen exactly record_count of them, with
// increasing offsets, and no bytes after the last.
#pragma once

#include <optional>

#include "model/record/batch_iterator.h"
#include "model/record/compression.h"

namespace weir {

class BatchRecords {
 public:
  // Errors: unknown_codec, bad_compression, and too_large beyond `limit_bytes` of output.
  static Result<BatchRecords, BatchError> open(const BatchView& batch,
                                               size_t limit_bytes = kDecompressedMaxBytes);

  [[nodiscard]] BatchIterator iterator(RecordHeaders headers = RecordHeaders::keep) const {
    return {batch_, bytes(), headers};
  }
  // The records without compression.
  [[nodiscard]] ConstBytes bytes() const {
    return decompressed_ ? ConstBytes{*decompressed_} : batch_.records();
  }
  // What decompression made: its cost.
  [[nodiscard]] size_t decompressed_bytes() const {
    return decompressed_ ? decompressed_->size() : 0;
  }

 private:
  explicit BatchRecords(const BatchView& batch) : batch_(batch) {}
  BatchView batch_;
  std::optional<Buffer> decompressed_;
};

struct TimedOffset {
  Offset offset;
  WallTime timestamp;
};
// The first record of `records` at or after `timestamp`; nothing when all are before it.
Result<std::optional<TimedOffset>, BatchError> find_timestamp(const BatchView& batch,
                                                              const BatchRecords& records,
                                                              WallTime timestamp);

}  // namespace weir
