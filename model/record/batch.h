// RecordBatch v2: the unit that producers send, logs store and consumers receive, byte for byte.
//
//   batch = base_offset:int64  length:int32  leader_epoch:int32  magic:int8(2)  crc:uint32
//           attributes:int16  last_offset_delta:int32  base_timestamp:int64  max_timestamp:int64
//           producer_id:int64  producer_epoch:int16  base_sequence:int32  record_count:int32
//           records                                   ; *record (record.h), or them compressed
//
// Integers are big-endian. `length` counts the bytes after itself; `crc` is CRC-32C of everything
// after itself. Base offset and leader epoch stand before it, so that a broker assigns both without
// touching the checksum. Attributes: bits 0-2 compression, 3 timestamp type (0 create, 1 log
// append), 4 transactional, 5 control. (KIP-98)
//
// Invariants of a BatchView that parse_batch gave: it spans exactly 12 + length bytes; base_offset
// >= 0 and last_offset() does not overflow; 0 <= record_count <= last_offset_delta + 1 (fewer only
// after compaction). The records themselves have not been looked at: BatchIterator checks each.
// A view borrows; it lives as long as the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/types/ids.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/time.h"

namespace weir {

enum class BatchError : uint8_t {
  too_short,         // fewer bytes than a header, or than the length field claims: a cut batch
  bad_length,        // the length field is less than a header's rest
  bad_magic,         // not format 2
  bad_crc,           // the bytes are not those that were checksummed
  bad_offset,        // base offset negative, or the last offset overflows
  bad_record_count,  // does not fit last_offset_delta or the bytes there are
  bad_record,        // a record inside is malformed
  compressed,        // the records cannot be walked without decompressing them
  unknown_codec,     // the attributes name a codec that does not exist
  bad_compression,   // the compressed records are not what the codec writes
  too_large,         // the records decompress to more than is allowed
};
std::string_view name(BatchError error);

enum class Compression : uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };
enum class TimestampType : uint8_t { create_time, log_append_time };
enum class CrcCheck : uint8_t { verify, skip };

inline constexpr size_t kBatchHeaderBytes = 61;
inline constexpr size_t kBatchPrefixBytes = 12;  // base_offset and length: not counted by length
inline constexpr int8_t kBatchMagic = 2;

// Positions of the header's fields.
namespace batch_at {
inline constexpr size_t base_offset = 0, length = 8, leader_epoch = 12, magic = 16, crc = 17,
                        attributes = 21, last_offset_delta = 23, base_timestamp = 27,
                        max_timestamp = 35, producer_id = 43, producer_epoch = 51,
                        base_sequence = 53, record_count = 57;
}  // namespace batch_at

class BatchView {
 public:
  [[nodiscard]] ConstBytes bytes() const { return bytes_; }
  [[nodiscard]] ConstBytes records() const { return bytes_.subspan(kBatchHeaderBytes); }

  [[nodiscard]] Offset base_offset() const { return Offset{load<int64_t>(batch_at::base_offset)}; }
  [[nodiscard]] Offset last_offset() const { return base_offset() + last_offset_delta(); }
  [[nodiscard]] LeaderEpoch leader_epoch() const {
    return LeaderEpoch{load<int32_t>(batch_at::leader_epoch)};
  }
  [[nodiscard]] uint32_t crc() const { return load<uint32_t>(batch_at::crc); }
  [[nodiscard]] int16_t attributes() const { return load<int16_t>(batch_at::attributes); }
  [[nodiscard]] int32_t last_offset_delta() const {
    return load<int32_t>(batch_at::last_offset_delta);
  }
  [[nodiscard]] WallTime base_timestamp() const {
    return WallTime{load<int64_t>(batch_at::base_timestamp)};
  }
  [[nodiscard]] WallTime max_timestamp() const {
    return WallTime{load<int64_t>(batch_at::max_timestamp)};
  }
  [[nodiscard]] ProducerId producer_id() const {
    return ProducerId{load<int64_t>(batch_at::producer_id)};
  }
  [[nodiscard]] ProducerEpoch producer_epoch() const {
    return ProducerEpoch{load<int16_t>(batch_at::producer_epoch)};
  }
  [[nodiscard]] Sequence base_sequence() const {
    return Sequence{load<int32_t>(batch_at::base_sequence)};
  }
  [[nodiscard]] int32_t record_count() const { return load<int32_t>(batch_at::record_count); }

  // Values 5-7 name no codec; they still count as compressed.
  [[nodiscard]] Compression compression() const {
    return static_cast<Compression>(attributes() & 7);
  }
  [[nodiscard]] TimestampType timestamp_type() const {
    return (attributes() & 8) != 0 ? TimestampType::log_append_time : TimestampType::create_time;
  }
  [[nodiscard]] bool is_transactional() const { return (attributes() & 16) != 0; }
  [[nodiscard]] bool is_control() const { return (attributes() & 32) != 0; }
  // One record for each offset, as every producer must send it.
  [[nodiscard]] bool is_dense() const {
    return int64_t{record_count()} == int64_t{last_offset_delta()} + 1;
  }

  [[nodiscard]] bool crc_ok() const;

 private:
  friend Result<BatchView, BatchError> parse_batch(ConstBytes, CrcCheck);
  explicit BatchView(ConstBytes bytes) : bytes_(bytes) {}
  template <class T>
  [[nodiscard]] T load(size_t at) const {
    return load_big_endian<T>(bytes_.data() + at);
  }
  ConstBytes bytes_;
};

// The batch that `bytes` begins with. Bytes after it are nobody's concern here.
Result<BatchView, BatchError> parse_batch(ConstBytes bytes, CrcCheck crc = CrcCheck::verify);

struct BatchScan {
  std::vector<BatchView> batches;   // whole and valid, in order
  size_t valid_bytes = 0;           // where the last of them ends
  std::optional<BatchError> error;  // why the walk stopped there; nothing: the bytes ended there
};
// Walks batches that stand back to back: a Produce payload, a fetched chunk, a piece of a segment.
// A cut last batch stops the walk with `too_short`.
BatchScan scan_batches(ConstBytes bytes, CrcCheck crc = CrcCheck::verify);

// Edits in place. `batch` must hold a whole batch that parse_batch accepted (a CHECK).
void set_base_offset(MutableBytes batch, Offset offset);
void set_leader_epoch(MutableBytes batch, LeaderEpoch epoch);
// Both stand under the checksum, which is computed anew. With log_append_time, `max_timestamp` is
// the timestamp of every record of the batch.
void set_max_timestamp(MutableBytes batch, TimestampType type, WallTime max_timestamp);

}  // namespace weir
