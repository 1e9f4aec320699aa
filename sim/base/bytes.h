// Views of bytes and big-endian integers (the byte order of the Kafka and ZooKeeper protocols).
//
// ConstBytes and MutableBytes borrow; Buffer owns. Loads and stores check nothing: the caller has
// compared the length before (decoders do so in model/protocol/reader).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir {

using ConstBytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;
using Buffer = std::vector<uint8_t>;

template <class T>
constexpr T byte_swap(T value) {
  static_assert(std::is_integral_v<T>);
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
}

static_assert(std::endian::native == std::endian::little, "Weir is built for little-endian machines");

template <class T>
T load_big_endian(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return byte_swap(value);
}

template <class T>
void store_big_endian(uint8_t* to, T value) {
  value = byte_swap(value);
  std::memcpy(to, &value, sizeof value);
}

inline ConstBytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ConstBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline void append_bytes(Buffer& to, ConstBytes from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace weir
