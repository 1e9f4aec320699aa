#include "model/record/batch_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/record/compression.h"
#include "model/record/varint.h"
#include "sim/base/check.h"
#include "sim/base/crc32c.h"

namespace weir {
namespace {

size_t data_size(const std::optional<ConstBytes>& data) {
  if (!data) return varint_size(-1);
  return varint_size(static_cast<int32_t>(data->size())) + data->size();
}

void append_data(Buffer& to, const std::optional<ConstBytes>& data) {
  append_varint(to, data ? static_cast<int32_t>(data->size()) : -1);
  if (data) append_bytes(to, *data);
}

}  // namespace

BatchBuilder::BatchBuilder(const BatchOptions& options)
    : options_(options), bytes_(kBatchHeaderBytes) {}

int64_t BatchBuilder::timestamp_delta(const NewRecord& record) const {
  if (record_count_ == 0) return 0;
  return static_cast<int64_t>(static_cast<uint64_t>(record.timestamp.value()) -
                              static_cast<uint64_t>(base_timestamp_.value()));
}

size_t BatchBuilder::body_size(const NewRecord& record) const {
  size_t size = 1 + varlong_size(timestamp_delta(record)) + varint_size(record_count_);
  size += data_size(record.key) + data_size(record.value);
  size += varint_size(static_cast<int32_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    size += data_size(as_bytes(header.key)) + data_size(header.value);
  }
  return size;
}

size_t BatchBuilder::cost(const NewRecord& record) const {
  const size_t body = body_size(record);
  return varint_size(static_cast<int32_t>(body)) + body;
}

void BatchBuilder::add(const NewRecord& record) {
  const size_t body = body_size(record);
  CHECK(body + bytes_.size() < std::numeric_limits<int32_t>::max());
  append_varint(bytes_, static_cast<int32_t>(body));
  bytes_.push_back(0);
  append_varlong(bytes_, timestamp_delta(record));
  append_varint(bytes_, record_count_);
  append_data(bytes_, record.key);
  append_data(bytes_, record.value);
  append_varint(bytes_, static_cast<int32_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    append_data(bytes_, as_bytes(header.key));
    append_data(bytes_, header.value);
  }
  if (record_count_ == 0) base_timestamp_ = max_timestamp_ = record.timestamp;
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  ++record_count_;
}

Buffer BatchBuilder::finish() {
  CHECK(record_count_ > 0);
  if (options_.compression != Compression::none) {
    const Buffer compressed =
        compress(options_.compression, ConstBytes{bytes_}.subspan(kBatchHeaderBytes));
    bytes_.resize(kBatchHeaderBytes);
    append_bytes(bytes_, compressed);
  }
  if (options_.log_append_time) max_timestamp_ = *options_.log_append_time;
  uint8_t* const at = bytes_.data();
  const int flags = static_cast<int>(options_.compression) | (options_.log_append_time ? 8 : 0) |
                    (options_.transactional ? 16 : 0) | (options_.control ? 32 : 0);
  store_big_endian(at + batch_at::base_offset, options_.base_offset.value());
  store_big_endian(at + batch_at::length, static_cast<int32_t>(bytes_.size() - kBatchPrefixBytes));
  store_big_endian(at + batch_at::leader_epoch, options_.leader_epoch.value());
  store_big_endian(at + batch_at::magic, kBatchMagic);
  store_big_endian(at + batch_at::attributes, static_cast<int16_t>(flags));
  store_big_endian(at + batch_at::last_offset_delta, record_count_ - 1);
  store_big_endian(at + batch_at::base_timestamp, base_timestamp_.value());
  store_big_endian(at + batch_at::max_timestamp, max_timestamp_.value());
  store_big_endian(at + batch_at::producer_id, options_.producer_id.value());
  store_big_endian(at + batch_at::producer_epoch, options_.producer_epoch.value());
  store_big_endian(at + batch_at::base_sequence, options_.base_sequence.value());
  store_big_endian(at + batch_at::record_count, record_count_);
  store_big_endian(at + batch_at::crc, crc32c(ConstBytes{bytes_}.subspan(batch_at::attributes)));
  record_count_ = 0;
  return std::move(bytes_);
}

}  // namespace weir
