// BatchIterator: the records of one batch, each checked before it is handed out.
//
// The one-argument form is for an uncompressed batch; BatchRecords opens any batch.
//
//   BatchIterator records{batch};
//   while (true) {
//     const auto record = TRY(records.next());
//     if (!record) break;
//     use(batch.base_offset() + record->offset_delta, *record);
//   }
//
// Errors: `compressed` at once for a batch whose records are compressed; `bad_record` when a length
// leaves the batch, offset deltas do not increase or exceed last_offset_delta, or bytes remain
// after the last record. An iterator that has failed keeps failing.
#pragma once

#include <cstdint>
#include <optional>

#include "model/record/batch.h"
#include "model/record/record.h"

namespace weir {

// Headers are a vector a record; who has no use for them has them checked and left out.
enum class RecordHeaders : uint8_t { keep, skip };

class BatchIterator {
 public:
  explicit BatchIterator(const BatchView& batch);
  // Of records that were decompressed; `records` must live as long as what is handed out.
  BatchIterator(const BatchView& batch, ConstBytes records, RecordHeaders headers);
  // The next record, nothing after the last one.
  Result<std::optional<RecordView>, BatchError> next();
  // The same into a record that the caller uses again and again, which is cheaper; false after the
  // last one. What it holds is meaningless after an error.
  Result<bool, BatchError> next_into(RecordView& record);
  // A record's wall time under the batch's timestamp type.
  [[nodiscard]] WallTime timestamp_of(const RecordView& record) const;

 private:
  BatchView batch_;
  ConstBytes rest_;
  RecordHeaders headers_ = RecordHeaders::keep;
  bool compressed_ = false;
  int32_t remaining_;
  int32_t last_delta_ = -1;
  bool failed_ = false;
};

}  // namespace weir
