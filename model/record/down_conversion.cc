#include "model/record/down_conversion.h"

#include "model/record/batch_records.h"
#include "sim/base/check.h"

namespace weir {
namespace {

DownConversionError as_error(BatchError error) {
  switch (error) {
    case BatchError::unknown_codec: return DownConversionError::unsupported_codec;
    case BatchError::too_large: return DownConversionError::too_large;
    default:
      return DownConversionError::corrupt;
  }
}

OldMessage message_of(const BatchView& batch, const BatchIterator& each, const RecordView& record,
                      int8_t magic) {
  return {.offset = batch.base_offset() + record.offset_delta,
          .magic = magic,
          .timestamp_type = batch.timestamp_type(),
          .timestamp = each.timestamp_of(record),
          .key = record.key,
          .value = record.value};
}

// The whole batch as one wrapper.
Result<Done, DownConversionError> append_wrapper(const BatchView& batch,
                                                 const BatchRecords& records, int8_t magic,
                                                 Buffer& to) {
  BatchIterator each = records.iterator(RecordHeaders::skip);
  Buffer inside;
  std::optional<Offset> first;
  Offset last;
  for (;;) {
    const auto record = each.next();
    if (!record) return as_error(record.error());
    if (!*record) break;
    OldMessage message = message_of(batch, each, **record, magic);
    last = message.offset;
    if (!first) first = last;
    if (magic == 1) message.offset = Offset{last - *first};
    append_message(inside, message);
  }
  if (!first) return Done{};  // compaction left nothing of it
  const Lz4Header header = magic == 0 ? Lz4Header::magic0 : Lz4Header::standard;
  const Buffer compressed = compress(batch.compression(), inside, header);
  append_message(to, {.offset = last,
                      .magic = magic,
                      .timestamp_type = batch.timestamp_type(),
                      .timestamp = batch.max_timestamp(),
                      .value = compressed,
                      .compression = batch.compression()});
  return Done{};
}

Result<Done, DownConversionError> append_plain(const BatchView& batch, const BatchRecords& records,
                                               int8_t magic, Offset from, Buffer& to) {
  BatchIterator each = records.iterator(RecordHeaders::skip);
  for (;;) {
    const auto record = each.next();
    if (!record) return as_error(record.error());
    if (!*record) return Done{};
    const OldMessage message = message_of(batch, each, **record, magic);
    if (message.offset >= from) append_message(to, message);
  }
}

// Appends the first of `batches`, which is moved behind it.
Result<Done, DownConversionError> convert_one(ConstBytes& batches, int8_t magic, Offset from,
                                              size_t limit_bytes, DownConverted& to) {
  const auto batch = parse_batch(batches);
  if (!batch) return as_error(batch.error());
  batches = batches.subspan(batch->bytes().size());
  if (batch->is_control()) return Done{};
  if (batch->compression() > Compression::lz4) return DownConversionError::unsupported_codec;
  const auto records = BatchRecords::open(*batch, limit_bytes);
  if (!records) return as_error(records.error());
  to.decompressed_bytes += records->decompressed_bytes();
  return batch->compression() == Compression::none
             ? append_plain(*batch, *records, magic, from, to.messages)
             : append_wrapper(*batch, *records, magic, to.messages);
}

}  // namespace

Result<DownConverted, DownConversionError> down_convert(ConstBytes batches, int8_t magic,
                                                        Offset from, size_t limit_bytes) {
  CHECK(magic == 0 || magic == 1);
  DownConverted converted;
  while (!batches.empty()) {
    const size_t good = converted.messages.size();
    const auto added = convert_one(batches, magic, from, limit_bytes, converted);
    if (added) continue;
    if (good == 0) return added.error();
    converted.messages.resize(good);
    break;
  }
  return converted;
}

}  // namespace weir
