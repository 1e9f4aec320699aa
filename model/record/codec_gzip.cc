#include <zlib.h>

#include <limits>

#include "model/record/codecs.h"
#include "sim/base/check.h"

namespace weir::codecs {
namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;  // +16: a gzip header, and no other kind
constexpr int kMemoryLevel = 8;              // zlib's own default

}  // namespace

Buffer gzip(ConstBytes bytes) {
  CHECK(bytes.size() <= std::numeric_limits<uInt>::max());
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  Buffer output(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = output.data();
  stream.avail_out = static_cast<uInt>(output.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  output.resize(output.size() - stream.avail_out);
  deflateEnd(&stream);
  return output;
}

Output gunzip(ConstBytes bytes, size_t limit_bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return CompressionError::too_large;
  z_stream stream{};
  CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  Buffer output;
  size_t size = 0;
  CompressionError error = CompressionError::corrupt;
  bool whole = false;
  for (;;) {
    if (size == output.size()) output.resize(grown(size, limit_bytes));
    stream.next_out = output.data() + size;
    stream.avail_out = static_cast<uInt>(output.size() - size);
    const int status = inflate(&stream, Z_NO_FLUSH);
    size = output.size() - stream.avail_out;
    if (size > limit_bytes) {
      error = CompressionError::too_large;
      break;
    }
    if (status == Z_STREAM_END) {
      whole = stream.avail_in == 0;
      if (whole || inflateReset(&stream) != Z_OK) break;
    } else if (status != Z_OK) {
      break;  // Z_BUF_ERROR too: all was read and the member has not ended
    }
  }
  inflateEnd(&stream);
  if (!whole) return error;
  output.resize(size);
  return output;
}

}  // namespace weir::codecs
