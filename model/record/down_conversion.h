// Down-conversion: batches of format v2 as a message set, for consumers that know no batches.
//
// Fetch versions 0 and 1 read magic 0, 2 and 3 read magic 1 (KIP-31, KIP-32). Offsets, keys, values
// and, with magic 1, timestamps stay; headers and control batches have no place and are left out. A
// compressed batch becomes one wrapper with the same codec; the old formats never had zstd.
//
//   batch 17..19, gzip      ->  wrapper with offset 19, gzip( 0 1 2 )         magic 1
//                               wrapper with offset 19, gzip( 17 18 19 )      magic 0
//   batch 20..21, plain     ->  20 21
#pragma once

#include "model/record/message_set.h"

namespace weir {

enum class DownConversionError : uint8_t {
  corrupt,            // a batch or a record is malformed
  unsupported_codec,  // zstd: the consumer is too old for what the topic holds
  too_large,          // a batch decompresses to more than is allowed
};

struct DownConverted {
  Buffer messages;
  size_t decompressed_bytes = 0;  // what it cost
};

// `batches` are whole batches. What stands before one that cannot be converted is given; the next
// fetch begins with that one, and only then it is an error. Records before `from` are left out
// where that is free: not out of a wrapper, in which the consumer skips by itself. `limit_bytes`
// holds for each batch.
Result<DownConverted, DownConversionError> down_convert(ConstBytes batches, int8_t magic,
                                                        Offset from,
                                                        size_t limit_bytes = kDecompressedMaxBytes);

}  // namespace weir
