#include "model/record/batch_records.h"

namespace weir {
namespace {

BatchError as_batch_error(CompressionError error) {
  switch (error) {
    case CompressionError::unknown_codec: return BatchError::unknown_codec;
    case CompressionError::corrupt: return BatchError::bad_compression;
    case CompressionError::too_large: return BatchError::too_large;
  }
  return BatchError::bad_compression;
}

}  // namespace

Result<BatchRecords, BatchError> BatchRecords::open(const BatchView& batch, size_t limit_bytes) {
  BatchRecords records{batch};
  if (batch.compression() == Compression::none) return records;
  auto plain = decompress(batch.compression(), batch.records(), limit_bytes);
  if (!plain) return as_batch_error(plain.error());
  records.decompressed_ = *std::move(plain);
  return records;
}

Result<std::optional<TimedOffset>, BatchError> find_timestamp(const BatchView& batch,
                                                              const BatchRecords& records,
                                                              WallTime timestamp) {
  BatchIterator each = records.iterator(RecordHeaders::skip);
  for (;;) {
    const auto record = TRY(each.next());
    if (!record) return std::optional<TimedOffset>{};
    const WallTime when = each.timestamp_of(*record);
    if (when >= timestamp) {
      return std::optional{TimedOffset{batch.base_offset() + record->offset_delta, when}};
    }
  }
}

}  // namespace weir
