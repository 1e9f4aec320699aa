// One pair of functions a library (internal to compression.cc, which says what they promise).
#pragma once

#include <algorithm>

#include "model/record/compression.h"

namespace weir::codecs {

using Output = Result<Buffer, CompressionError>;

Buffer gzip(ConstBytes bytes);
Output gunzip(ConstBytes bytes, size_t limit_bytes);

Buffer snappy_xerial(ConstBytes bytes);
Output unsnappy(ConstBytes bytes, size_t limit_bytes);

Buffer lz4_frame(ConstBytes bytes, Lz4Header header);
Output unlz4(ConstBytes bytes, size_t limit_bytes, Lz4Header header);

Buffer zstd(ConstBytes bytes);
Output unzstd(ConstBytes bytes, size_t limit_bytes);

// Room for the next piece of output: doubles, at least `kPieceBytes`, and one byte beyond the limit
// at most, so that an output of exactly the limit can be told from a larger one.
inline constexpr size_t kPieceBytes = 16 << 10;
inline size_t grown(size_t size, size_t limit_bytes) {
  return std::min(std::max(size * 2, kPieceBytes), limit_bytes + 1);
}

}  // namespace weir::codecs
