// The values that workloads write: eight bytes of identity, then bytes that follow from it, so that
// an altered record is seen as one that nobody wrote.
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/base/hash.h"

namespace weir {

inline Buffer make_value(uint64_t id, size_t extra_bytes) {
  Buffer value(8 + extra_bytes);
  store_big_endian<uint64_t>(value.data(), id);
  for (size_t i = 8; i < value.size(); ++i) value[i] = static_cast<uint8_t>(mix64(id + i / 8) >> (8 * (i % 8)));
  return value;
}

// The identity; 0 (which no workload uses) when the bytes are not what make_value gave.
inline uint64_t value_id(ConstBytes value) {
  if (value.size() < 8) return 0;
  const auto id = load_big_endian<uint64_t>(value.data());
  const Buffer expected = make_value(id, value.size() - 8);
  return ConstBytes(expected).size() == value.size() &&
                 std::memcmp(expected.data(), value.data(), value.size()) == 0
             ? id
             : 0;
}

}  // namespace weir
