#include "model/record/batch_iterator.h"

#include "model/record/varint.h"

namespace weir {
namespace {

// Takes fields from the front of `rest`; after the first that does not fit, `ok` stays false and
// every further field is empty.
struct Cursor {
  ConstBytes rest;
  bool ok = true;

  template <class T>
  T take(DecodedVarint<T> decoded) {
    ok = ok && decoded.size > 0;
    if (!ok) return 0;
    rest = rest.subspan(decoded.size);
    return decoded.value;
  }
  int32_t varint() { return take(decode_varint(rest)); }
  int64_t varlong() { return take(decode_varlong(rest)); }
  ConstBytes bytes(int64_t size) {
    ok = ok && size >= 0 && static_cast<uint64_t>(size) <= rest.size();
    if (!ok) return {};
    const ConstBytes taken = rest.first(static_cast<size_t>(size));
    rest = rest.subspan(taken.size());
    return taken;
  }
  std::optional<ConstBytes> data() {
    const int32_t size = varint();
    if (ok && size == -1) return std::nullopt;
    return bytes(size);
  }
};

bool parse_record(ConstBytes bytes, RecordHeaders headers, RecordView& record) {
  Cursor cursor{bytes};
  cursor.bytes(1);  // attributes: none are defined
  record.timestamp_delta_ms = cursor.varlong();
  record.offset_delta = cursor.varint();
  record.key = cursor.data();
  record.value = cursor.data();
  record.headers.clear();
  const int32_t header_count = cursor.varint();
  // A header takes two bytes at least, so a count beyond the bytes is refused before any is read.
  if (!cursor.ok || header_count < 0 ||
      static_cast<size_t>(header_count) > cursor.rest.size() / 2) {
    return false;
  }
  for (int32_t i = 0; i < header_count && cursor.ok; ++i) {
    HeaderView header;
    header.key = as_text(cursor.bytes(cursor.varint()));
    header.value = cursor.data();
    if (headers == RecordHeaders::keep) record.headers.push_back(header);
  }
  return cursor.ok && cursor.rest.empty();
}

}  // namespace

BatchIterator::BatchIterator(const BatchView& batch)
    : batch_(batch),
      rest_(batch.records()),
      compressed_(batch.compression() != Compression::none),
      remaining_(batch.record_count()) {}

BatchIterator::BatchIterator(const BatchView& batch, ConstBytes records, RecordHeaders headers)
    : batch_(batch), rest_(records), headers_(headers), remaining_(batch.record_count()) {}

Result<std::optional<RecordView>, BatchError> BatchIterator::next() {
  RecordView record;
  if (!TRY(next_into(record))) return std::optional<RecordView>{};
  return std::optional{std::move(record)};
}

Result<bool, BatchError> BatchIterator::next_into(RecordView& record) {
  if (compressed_) return BatchError::compressed;
  if (failed_) return BatchError::bad_record;
  failed_ = true;  // until this step is known to be good
  if (remaining_ == 0) {
    if (!rest_.empty()) return BatchError::bad_record;
    failed_ = false;
    return false;
  }
  Cursor cursor{rest_};
  const ConstBytes body = cursor.bytes(cursor.varint());
  if (!cursor.ok || !parse_record(body, headers_, record) || record.offset_delta <= last_delta_ ||
      record.offset_delta > batch_.last_offset_delta()) {
    return BatchError::bad_record;
  }
  rest_ = cursor.rest;
  last_delta_ = record.offset_delta;
  --remaining_;
  failed_ = false;
  return true;
}

WallTime BatchIterator::timestamp_of(const RecordView& record) const {
  if (batch_.timestamp_type() == TimestampType::log_append_time) return batch_.max_timestamp();
  // Unsigned: a hostile delta wraps instead of overflowing.
  return WallTime{static_cast<int64_t>(static_cast<uint64_t>(batch_.base_timestamp().value()) +
                                       static_cast<uint64_t>(record.timestamp_delta_ms))};
}

}  // namespace weir
