// BatchWalk: from batch to batch through a slice of a segment, by their headers alone.
//
// Small batches are read in windows, of large ones nothing but the header, so that finding where a
// reader's records end copies little of what is then sent from the file.
#pragma once

#include <algorithm>
#include <optional>

#include "model/record/batch.h"
#include "sim/env/disk.h"
#include "sim/fiber/stream_io.h"

namespace weir {

struct BatchSpan {
  Offset first;
  Offset last;
  size_t length = 0;
};

// Nothing when the header is not whole, or is no header: the medium may have rotted since recovery.
inline std::optional<BatchSpan> peek_batch(ConstBytes bytes) {
  if (bytes.size() < kBatchHeaderBytes) return std::nullopt;
  const int64_t length =
      int64_t{load_big_endian<int32_t>(bytes.data() + batch_at::length)} + kBatchPrefixBytes;
  if (length < static_cast<int64_t>(kBatchHeaderBytes)) return std::nullopt;
  const Offset first{load_big_endian<int64_t>(bytes.data() + batch_at::base_offset)};
  const int32_t delta = load_big_endian<int32_t>(bytes.data() + batch_at::last_offset_delta);
  return BatchSpan{first, first + delta, static_cast<size_t>(length)};
}

class BatchWalk {
 public:
  explicit BatchWalk(FileSlice& slice) : slice_(slice) {}

  // The batch whose header stands at `at`, whether or not the slice holds all of it.
  Result<std::optional<BatchSpan>, IoError> await_peek(uint64_t at) {
    if (at + kBatchHeaderBytes > slice_.size_bytes()) return std::optional<BatchSpan>();
    if (at < start_ || at + kBatchHeaderBytes > start_ + window_.size()) {
      const bool large = at > 0 && last_length_ >= kWindowBytes / 2;
      window_.resize(std::min<uint64_t>(large ? kBatchHeaderBytes : kWindowBytes,
                                        slice_.size_bytes() - at));
      window_.resize(TRY(await_read_fully(slice_, at, window_)));
      start_ = at;
    }
    const auto batch = peek_batch(ConstBytes(window_).subspan(at - start_));
    last_length_ = batch ? batch->length : 0;
    return batch;
  }

  // A copy of [from, from + bytes), which the slice has.
  Result<Buffer, IoError> await_copy(uint64_t from, uint64_t bytes) {
    if (from >= start_ && from + bytes <= start_ + window_.size()) {
      const auto begin = window_.begin() + static_cast<std::ptrdiff_t>(from - start_);
      return Buffer(begin, begin + static_cast<std::ptrdiff_t>(bytes));
    }
    Buffer copy(bytes);
    if (TRY(await_read_fully(slice_, from, copy)) < bytes) {
      return IoError{IoErrorKind::io, "the file has become shorter"};
    }
    return copy;
  }

 private:
  static constexpr size_t kWindowBytes = 16 * 1024;

  FileSlice& slice_;
  Buffer window_;
  uint64_t start_ = 0;
  size_t last_length_ = 0;
};

}  // namespace weir
