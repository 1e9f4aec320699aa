// mutate: makes a valid input wrong in one of the ways that inputs go wrong.
#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "sim/base/bytes.h"
#include "sim/base/stream.h"

namespace weir {

namespace mutation_detail {

inline void put_number(Buffer& bytes, size_t at, Stream& stream) {
  if (bytes.size() < at + 4) return;
  const auto size = static_cast<int32_t>(bytes.size());
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  const std::array<int32_t, 9> numbers = {
      0, -1, 1, kMost, std::numeric_limits<int32_t>::min(), size, size + 1, size - 1, 1 << 24};
  store_big_endian(bytes.data() + at, numbers[stream.below(numbers.size())]);
}

}  // namespace mutation_detail

// One to four changes; `other` is another valid input of the same kind.
inline void mutate(Buffer& bytes, const Buffer& other, Stream& stream) {
  const auto place = [&](size_t at) { return bytes.begin() + static_cast<std::ptrdiff_t>(at); };
  for (uint64_t changes = 1 + stream.below(4); changes > 0; --changes) {
    const size_t at = stream.below(bytes.size() + 1);
    const size_t span = std::min<size_t>(1 + stream.below(16), bytes.size() - at);
    switch (stream.below(9)) {
      case 0:
        if (span > 0) bytes[at] ^= static_cast<uint8_t>(1 << stream.below(8));
        break;
      case 1: {
        constexpr std::array<uint8_t, 6> kEdges = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
        if (span > 0) bytes[at] = kEdges[stream.below(kEdges.size())];
        break;
      }
      case 2:
        if (span > 0) bytes[at] = static_cast<uint8_t>(stream.next());
        break;
      case 3:
        mutation_detail::put_number(bytes, at, stream);
        break;
      case 4:  // a varint that does not end, or is as large as it can be
        for (size_t i = at; i < std::min(at + 5, bytes.size()); ++i) bytes[i] = 0xff;
        if (at + 4 < bytes.size()) bytes[at + 4] = static_cast<uint8_t>(stream.below(2) * 15);
        break;
      case 5:
        bytes.resize(at);
        break;
      case 6:
        bytes.erase(place(at), place(at + span));
        break;
      case 7: {
        const Buffer again(place(at), place(at + span));
        bytes.insert(place(at), again.begin(), again.end());
        break;
      }
      default: {
        const size_t from = stream.below(other.size() + 1);
        bytes.resize(at);
        append_bytes(bytes, ConstBytes(other).subspan(from));
      }
    }
  }
}

}  // namespace weir
