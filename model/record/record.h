// A record inside a batch of format v2 (KIP-98), as views into the batch's bytes.
//
//   record  = length:varint attributes:int8 timestamp_delta:varlong offset_delta:varint
//             key:data value:data header_count:varint *header
//   header  = key_length:varint key value:data         ; the key is never null
//   data    = length:varint bytes | -1:varint          ; -1 is null (a tombstone's value)
//
// `length` counts the bytes after itself. Deltas are against the batch's base timestamp and base
// offset. A view lives as long as the bytes it was parsed from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"

namespace weir {

struct HeaderView {
  std::string_view key;
  std::optional<ConstBytes> value;
};

struct RecordView {
  int64_t timestamp_delta_ms = 0;
  int32_t offset_delta = 0;
  std::optional<ConstBytes> key;
  std::optional<ConstBytes> value;
  std::vector<HeaderView> headers;
};

// The shortest record: seven one-byte fields.
inline constexpr size_t kMinRecordBytes = 7;

}  // namespace weir
