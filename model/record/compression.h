// The codecs of record batches and of old message sets: bytes in, bytes out, no state.
//
//   codec   id  what is written                           what is accepted
//   gzip    1   one member (RFC 1952)                     members back to back
//   snappy  2   xerial frame, as Java does                xerial frame, or one raw block
//   lz4     3   one LZ4 frame, independent 64 KiB blocks  frames back to back
//   zstd    4   one frame (RFC 8878)                      frames back to back (KIP-110)
//
//   xerial = %x82 "SNAPPY" %x00  version:int32  compatible:int32  *( length:int32 raw_block )
//
// LZ4 in a message of magic 0 has a frame header whose checksum was computed over the frame's magic
// number too (KAFKA-3160). Consumers of that time check for just that, so it is written that way
// for them; when read, the checksum of such a header is not looked at.
//
// What comes from outside is bounded: decompress() gives up with `too_large` as soon as the output
// would pass the limit, and its buffer grows with what was really produced, never with what a frame
// claims (at most twice as much, and the codec's own window: 4 MiB for an LZ4 block).
//
// Example: gzip of 8 MB of zeros is 8 KB. decompress(gzip, it, 1'000'000) answers too_large, after
// a million bytes of output and not after eight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/record/batch.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

enum class CompressionError : uint8_t {
  unknown_codec,  // the id names no codec (5, 6 or 7)
  corrupt,        // the bytes are not what the codec writes, or end too early
  too_large,      // the output would pass the limit
};
std::string_view name(CompressionError error);

enum class Lz4Header : uint8_t { standard, magic0 };

// What a producer could have sent without compression in the largest request that a broker reads
// (socket.request.max.bytes). More than that out of one batch is refused.
inline constexpr size_t kDecompressedMaxBytes = 104'857'600;

// `none` copies. `codec` must name a codec (a CHECK): the caller has judged what came from outside.
Buffer compress(Compression codec, ConstBytes bytes, Lz4Header lz4 = Lz4Header::standard);

// `none` copies too, within the limit.
Result<Buffer, CompressionError> decompress(Compression codec, ConstBytes bytes,
                                            size_t limit_bytes = kDecompressedMaxBytes,
                                            Lz4Header lz4 = Lz4Header::standard);

}  // namespace weir
