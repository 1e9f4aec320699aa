#include "model/record/compression.h"

#include "model/record/codecs.h"
#include "sim/base/check.h"

namespace weir {

std::string_view name(CompressionError error) {
  switch (error) {
    case CompressionError::unknown_codec: return "unknown_codec";
    case CompressionError::corrupt: return "corrupt";
    case CompressionError::too_large: return "too_large";
  }
  return "?";
}

Buffer compress(Compression codec, ConstBytes bytes, Lz4Header lz4) {
  switch (codec) {
    case Compression::none: return {bytes.begin(), bytes.end()};
    case Compression::gzip: return codecs::gzip(bytes);
    case Compression::snappy: return codecs::snappy_xerial(bytes);
    case Compression::lz4: return codecs::lz4_frame(bytes, lz4);
    case Compression::zstd: return codecs::zstd(bytes);
  }
  CHECK_MSG(false, "no such codec");
  return {};
}

Result<Buffer, CompressionError> decompress(Compression codec, ConstBytes bytes, size_t limit_bytes,
                                            Lz4Header lz4) {
  switch (codec) {
    case Compression::none:
      if (bytes.size() > limit_bytes) return CompressionError::too_large;
      return Buffer(bytes.begin(), bytes.end());
    case Compression::gzip: return codecs::gunzip(bytes, limit_bytes);
    case Compression::snappy: return codecs::unsnappy(bytes, limit_bytes);
    case Compression::lz4: return codecs::unlz4(bytes, limit_bytes, lz4);
    case Compression::zstd: return codecs::unzstd(bytes, limit_bytes);
  }
  return CompressionError::unknown_codec;
}

}  // namespace weir
