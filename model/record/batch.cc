#include "model/record/batch.h"

#include <limits>

#include "model/record/record.h"
#include "sim/base/check.h"
#include "sim/base/crc32c.h"

namespace weir {
namespace {

uint32_t crc_of(ConstBytes batch) { return crc32c(batch.subspan(batch_at::attributes)); }

bool record_count_fits(const BatchView& batch) {
  const int64_t count = batch.record_count();
  if (count < 0 || batch.last_offset_delta() < 0) return false;
  if (count > int64_t{batch.last_offset_delta()} + 1) return false;
  if (batch.compression() != Compression::none) return true;
  return static_cast<uint64_t>(count) <= batch.records().size() / kMinRecordBytes;
}

bool offsets_fit(const BatchView& batch) {
  const int64_t base = batch.base_offset().value();
  return base >= 0 && base <= std::numeric_limits<int64_t>::max() - batch.last_offset_delta();
}

}  // namespace

std::string_view name(BatchError error) {
  switch (error) {
    case BatchError::too_short: return "too_short";
    case BatchError::bad_length: return "bad_length";
    case BatchError::bad_magic: return "bad_magic";
    case BatchError::bad_crc: return "bad_crc";
    case BatchError::bad_offset: return "bad_offset";
    case BatchError::bad_record_count: return "bad_record_count";
    case BatchError::bad_record: return "bad_record";
    case BatchError::compressed: return "compressed";
    case BatchError::unknown_codec: return "unknown_codec";
    case BatchError::bad_compression: return "bad_compression";
    case BatchError::too_large: return "too_large";
  }
  return "?";
}

bool BatchView::crc_ok() const { return crc() == crc_of(bytes_); }

Result<BatchView, BatchError> parse_batch(ConstBytes bytes, CrcCheck crc) {
  if (bytes.size() < kBatchPrefixBytes) return BatchError::too_short;
  const int64_t length = load_big_endian<int32_t>(bytes.data() + batch_at::length);
  if (length < static_cast<int64_t>(kBatchHeaderBytes - kBatchPrefixBytes)) {
    return BatchError::bad_length;
  }
  const size_t size = kBatchPrefixBytes + static_cast<size_t>(length);
  // The magic is told before the cut, so that an old message set is named for what it is.
  if (bytes.size() > batch_at::magic &&
      static_cast<int8_t>(bytes[batch_at::magic]) != kBatchMagic) {
    return BatchError::bad_magic;
  }
  if (bytes.size() < size) return BatchError::too_short;
  const BatchView batch{bytes.first(size)};
  if (crc == CrcCheck::verify && !batch.crc_ok()) return BatchError::bad_crc;
  if (!record_count_fits(batch)) return BatchError::bad_record_count;
  if (!offsets_fit(batch)) return BatchError::bad_offset;
  return batch;
}

BatchScan scan_batches(ConstBytes bytes, CrcCheck crc) {
  BatchScan scan;
  while (scan.valid_bytes < bytes.size()) {
    const auto batch = parse_batch(bytes.subspan(scan.valid_bytes), crc);
    if (!batch) {
      scan.error = batch.error();
      break;
    }
    scan.batches.push_back(*batch);
    scan.valid_bytes += batch->bytes().size();
  }
  return scan;
}

void set_base_offset(MutableBytes batch, Offset offset) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  store_big_endian(batch.data() + batch_at::base_offset, offset.value());
}

void set_leader_epoch(MutableBytes batch, LeaderEpoch epoch) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  store_big_endian(batch.data() + batch_at::leader_epoch, epoch.value());
}

void set_max_timestamp(MutableBytes batch, TimestampType type, WallTime max_timestamp) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  const auto length = load_big_endian<int32_t>(batch.data() + batch_at::length);
  CHECK(length >= 0 && batch.size() >= kBatchPrefixBytes + static_cast<size_t>(length));
  const MutableBytes whole = batch.first(kBatchPrefixBytes + static_cast<size_t>(length));
  uint8_t* const at = whole.data();
  auto attributes = load_big_endian<uint16_t>(at + batch_at::attributes);
  attributes = static_cast<uint16_t>(type == TimestampType::log_append_time ? attributes | 8U
                                                                            : attributes & ~8U);
  store_big_endian(at + batch_at::attributes, attributes);
  store_big_endian(at + batch_at::max_timestamp, max_timestamp.value());
  store_big_endian(at + batch_at::crc, crc_of(whole));
}

}  // namespace weir
