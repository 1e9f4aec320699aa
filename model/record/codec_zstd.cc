#include <zstd.h>
#include <zstd_errors.h>

#include "model/record/codecs.h"
#include "sim/base/check.h"

namespace weir::codecs {
namespace {
constexpr int kLevel = 3;  // zstd's own default, and Java's
}  // namespace

Buffer zstd(ConstBytes bytes) {
  Buffer output(ZSTD_compressBound(bytes.size()));
  const size_t size =
      ZSTD_compress(output.data(), output.size(), bytes.data(), bytes.size(), kLevel);
  CHECK(ZSTD_isError(size) == 0);
  output.resize(size);
  return output;
}

// Not by zstd's streams: they allocate the window that a frame's header asks for, up to 128 MiB,
// before there is any output. In one piece the output itself is the window. When it does not fit,
// it is done again with twice the room, which costs at most as much again.
Output unzstd(ConstBytes bytes, size_t limit_bytes) {
  Buffer output(std::min(std::max(bytes.size() * 4, kPieceBytes), limit_bytes + 1));
  for (;;) {
    const size_t size = ZSTD_decompress(output.data(), output.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size) == 0) {
      if (size > limit_bytes) return CompressionError::too_large;
      // No frame at all is "decompressed" to nothing.
      if (bytes.empty()) return CompressionError::corrupt;
      output.resize(size);
      return output;
    }
    if (ZSTD_getErrorCode(size) != ZSTD_error_dstSize_tooSmall) return CompressionError::corrupt;
    if (output.size() > limit_bytes) return CompressionError::too_large;
    output.resize(grown(output.size(), limit_bytes));
  }
}

}  // namespace weir::codecs
