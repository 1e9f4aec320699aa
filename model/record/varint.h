// Variable-length integers of records and of flexible messages: 7 bits a byte, lowest first.
//
//   uvarint = *( %x80-FF ) %x00-7F        at most 5 bytes for 32 bits, 10 bytes for 64
//   varint  = uvarint of (n << 1) ^ (n >> 31)      ("zigzag": small negatives stay short)
//   varlong = the same for 64 bits
//
// A decoder looks at no more than the bytes it is given and answers size 0 when they end too early
// or hold more bits than the type. Overlong zeros ("80 00") are accepted, as Kafka does.
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"

namespace weir {

template <class T>
struct DecodedVarint {
  T value = 0;
  size_t size = 0;  // bytes taken; 0 means malformed
};

namespace varint_detail {

template <class U>
constexpr DecodedVarint<U> decode(ConstBytes bytes) {
  constexpr size_t kBits = sizeof(U) * 8;
  U value = 0;
  for (size_t i = 0; i < bytes.size() && i * 7 < kBits; ++i) {
    const U group = bytes[i] & 0x7f;
    const size_t shift = i * 7;
    if (shift + 7 > kBits && (group >> (kBits - shift)) != 0) return {};
    value |= static_cast<U>(group << shift);
    if ((bytes[i] & 0x80) == 0) return {value, i + 1};
  }
  return {};
}

template <class U>
void append(Buffer& to, U value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

}  // namespace varint_detail

constexpr uint32_t zigzag(int32_t n) {
  return (static_cast<uint32_t>(n) << 1) ^ static_cast<uint32_t>(n >> 31);
}
constexpr uint64_t zigzag(int64_t n) {
  return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63);
}
constexpr int32_t unzigzag(uint32_t n) { return static_cast<int32_t>((n >> 1) ^ (~(n & 1) + 1)); }
constexpr int64_t unzigzag(uint64_t n) { return static_cast<int64_t>((n >> 1) ^ (~(n & 1) + 1)); }

constexpr DecodedVarint<uint32_t> decode_unsigned_varint(ConstBytes bytes) {
  return varint_detail::decode<uint32_t>(bytes);
}
constexpr DecodedVarint<int32_t> decode_varint(ConstBytes bytes) {
  const auto raw = varint_detail::decode<uint32_t>(bytes);
  return {unzigzag(raw.value), raw.size};
}
constexpr DecodedVarint<int64_t> decode_varlong(ConstBytes bytes) {
  const auto raw = varint_detail::decode<uint64_t>(bytes);
  return {unzigzag(raw.value), raw.size};
}

inline void append_unsigned_varint(Buffer& to, uint32_t value) { varint_detail::append(to, value); }
inline void append_varint(Buffer& to, int32_t value) { varint_detail::append(to, zigzag(value)); }
inline void append_varlong(Buffer& to, int64_t value) { varint_detail::append(to, zigzag(value)); }

constexpr size_t unsigned_varint_size(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}
constexpr size_t varint_size(int32_t value) { return unsigned_varint_size(zigzag(value)); }
constexpr size_t varlong_size(int64_t value) { return unsigned_varint_size(zigzag(value)); }

}  // namespace weir
