#include <lz4frame.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "model/record/codecs.h"
#include "sim/base/check.h"

namespace weir::codecs {
namespace {

constexpr size_t kMagicBytes = 4;
constexpr size_t kFlags = 4;               // position of the byte of flags
constexpr uint8_t kHasContentSize = 0x08;  // one flag: 8 bytes of size follow
constexpr uint8_t kHasDictionary = 0x01;   // one flag: 4 bytes of id follow

uint8_t checksum(ConstBytes bytes) {
  return static_cast<uint8_t>(XXH32(bytes.data(), bytes.size(), 0) >> 8);
}

// Where the header's checksum stands; nothing when the bytes end before it.
std::optional<size_t> checksum_at(ConstBytes frame) {
  if (frame.size() <= kFlags) return std::nullopt;
  const size_t at = kMagicBytes + 2 + ((frame[kFlags] & kHasContentSize) != 0 ? 8 : 0) +
                    ((frame[kFlags] & kHasDictionary) != 0 ? 4 : 0);
  if (frame.size() <= at) return std::nullopt;
  return at;
}

struct Frames {
  LZ4F_dctx* context = nullptr;
  Buffer output;
  size_t size = 0;
  size_t limit_bytes = 0;
  bool ended = false;  // what was fed last ended with a frame

  // Feeds all of `input`.
  Result<Done, CompressionError> feed(ConstBytes input) {
    for (;;) {
      if (size == output.size()) output.resize(grown(size, limit_bytes));
      size_t room = output.size() - size;
      size_t taken = input.size();
      const size_t hint =
          LZ4F_decompress(context, output.data() + size, &room, input.data(), &taken, nullptr);
      if (LZ4F_isError(hint) != 0) return CompressionError::corrupt;
      const bool stuck = room == 0 && taken == 0;
      input = input.subspan(taken);
      size += room;
      if (size > limit_bytes) return CompressionError::too_large;
      ended = hint == 0;
      // Everything read and room left over: nothing more can come of this input.
      if (input.empty() && (ended || size < output.size())) return Done{};
      if (stuck && size < output.size()) return CompressionError::corrupt;
    }
  }
};

}  // namespace

Buffer lz4_frame(ConstBytes bytes, Lz4Header header) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // Java reads no other
  Buffer output(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const size_t size =
      LZ4F_compressFrame(output.data(), output.size(), bytes.data(), bytes.size(), &preferences);
  CHECK(LZ4F_isError(size) == 0);
  output.resize(size);
  if (header == Lz4Header::magic0) {
    const auto at = checksum_at(output);
    CHECK(at.has_value());
    output[*at] = checksum(ConstBytes{output}.first(*at));
  }
  return output;
}

Output unlz4(ConstBytes bytes, size_t limit_bytes, Lz4Header header) {
  Frames frames;
  frames.limit_bytes = limit_bytes;
  CHECK(LZ4F_isError(LZ4F_createDecompressionContext(&frames.context, LZ4F_VERSION)) == 0);
  Result<Done, CompressionError> fed = Done{};
  if (const auto at = checksum_at(bytes); header == Lz4Header::magic0 && at) {
    Buffer right(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*at));
    right.push_back(checksum(ConstBytes{right}.subspan(kMagicBytes)));
    fed = frames.feed(right);
    bytes = bytes.subspan(right.size());
  }
  if (fed) fed = frames.feed(bytes);
  LZ4F_freeDecompressionContext(frames.context);
  if (!fed) return fed.error();
  if (!frames.ended) return CompressionError::corrupt;
  frames.output.resize(frames.size);
  return std::move(frames.output);
}

}  // namespace weir::codecs
