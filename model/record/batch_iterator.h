// BatchIterator: the records of one uncompressed batch, each checked before it is handed out.
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

class BatchIterator {
 public:
  explicit BatchIterator(const BatchView& batch);
  // The next record, nothing after the last one.
  Result<std::optional<RecordView>, BatchError> next();
  // A record's wall time under the batch's timestamp type.
  [[nodiscard]] WallTime timestamp_of(const RecordView& record) const;

 private:
  BatchView batch_;
  ConstBytes rest_;
  int32_t remaining_;
  int32_t last_delta_ = -1;
  bool failed_ = false;
};

}  // namespace weir
