// Mixing and digests: the arithmetic behind choices, the trace hash and placement.
//
// Every function here is pure 64-bit integer arithmetic, so that a hash is the same in every build
// and under every compiler. Nothing hashes an address or the bytes of a struct (padding!): a digest
// is fed field by field. Not for security.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/bytes.h"

namespace weir {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which every input bit
// reaches every output bit.
constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Both halves of the 128-bit product.
constexpr uint64_t cross(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Folds one word into a running hash: 64x64 -> 128 multiply, both halves xored.
constexpr uint64_t fold64(uint64_t hash, uint64_t word) {
  return cross(hash ^ word ^ 0x9e3779b97f4a7c15ULL, 0xd1342543de82ef95ULL) ^ (word << 1);
}

// FNV-1a over text: names of sites and streams, placement of partitions.
constexpr uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

// Digest of a byte string: 16 bytes a step, each step folding in the one before, so that places
// count; the last step overlaps what was read already.
inline uint64_t digest(ConstBytes bytes) {
  const size_t size = bytes.size();
  const uint8_t* at = bytes.data();
  const auto word = [](const uint8_t* from) {
    uint64_t value = 0;
    std::memcpy(&value, from, 8);
    return value;
  };
  uint64_t hash = cross(size ^ 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL);
  if (size < 16) {
    uint8_t padded[16] = {};
    for (size_t i = 0; i < size; ++i) padded[i] = at[i];
    return fold64(cross(word(padded) ^ 0x8ebc6af09c88c6e3ULL, word(padded + 8) ^ hash), size);
  }
  for (const uint8_t* const last = at + size - 16; at < last; at += 16) {
    hash = cross(word(at) ^ 0x8ebc6af09c88c6e3ULL, word(at + 8) ^ hash);
  }
  const uint8_t* const tail = bytes.data() + size - 16;
  return fold64(cross(word(tail) ^ 0x589965cc75374cc3ULL, word(tail + 8) ^ hash), size);
}

}  // namespace weir
