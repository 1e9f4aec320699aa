#include <snappy.h>

#include "model/record/codecs.h"

namespace weir::codecs {
namespace {

constexpr size_t kHeaderBytes = 16;
constexpr uint8_t kMagic[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr int32_t kVersion = 1;
constexpr size_t kBlockBytes = 32 << 10;  // of input, as Java's writer cuts it
// The shortest element that says most is a copy: 3 bytes for 64. A block that claims more is not
// believed, so that memory does not grow with a claim.
constexpr size_t kMostPerByte = 22;

const char* chars(ConstBytes bytes) { return reinterpret_cast<const char*>(bytes.data()); }

// Appends what one raw block holds.
Result<Done, CompressionError> add_block(ConstBytes block, size_t limit_bytes, Buffer& output) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(chars(block), block.size(), &size) ||
      size > block.size() * kMostPerByte) {
    return CompressionError::corrupt;
  }
  if (size > limit_bytes - output.size()) return CompressionError::too_large;
  const size_t before = output.size();
  output.resize(before + size);
  char* const to = reinterpret_cast<char*>(output.data() + before);
  if (!snappy::RawUncompress(chars(block), block.size(), to)) return CompressionError::corrupt;
  return Done{};
}

bool is_xerial(ConstBytes bytes) {
  return bytes.size() >= kHeaderBytes &&
         std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin());
}

}  // namespace

Buffer snappy_xerial(ConstBytes bytes) {
  Buffer output(kHeaderBytes);
  std::copy(std::begin(kMagic), std::end(kMagic), output.begin());
  store_big_endian(output.data() + 8, kVersion);
  store_big_endian(output.data() + 12, kVersion);
  while (!bytes.empty()) {
    const ConstBytes block = bytes.first(std::min(bytes.size(), kBlockBytes));
    bytes = bytes.subspan(block.size());
    const size_t at = output.size();
    output.resize(at + 4 + snappy::MaxCompressedLength(block.size()));
    size_t size = 0;
    snappy::RawCompress(chars(block), block.size(), reinterpret_cast<char*>(output.data() + at + 4),
                        &size);
    store_big_endian(output.data() + at, static_cast<int32_t>(size));
    output.resize(at + 4 + size);
  }
  return output;
}

Output unsnappy(ConstBytes bytes, size_t limit_bytes) {
  Buffer output;
  if (!is_xerial(bytes)) {
    TRY(add_block(bytes, limit_bytes, output));
    return output;
  }
  bytes = bytes.subspan(kHeaderBytes);
  while (!bytes.empty()) {
    if (bytes.size() < 4) return CompressionError::corrupt;
    const auto length = load_big_endian<uint32_t>(bytes.data());
    bytes = bytes.subspan(4);
    if (length > bytes.size()) return CompressionError::corrupt;
    TRY(add_block(bytes.first(length), limit_bytes, output));
    bytes = bytes.subspan(length);
  }
  return output;
}

}  // namespace weir::codecs
