// fields(): the one description of a message, from which all else is derived.
//
// A message is a plain struct with default member initialisers (Kafka's defaults) and
//
//   template <class V, class M>
//   static void fields(V& v, M& m) {
//     v.field("name", m.name);                                  // all versions
//     v.field("rack", m.rack, since(1));                        // 1 and above
//     v.field("topics", m.topics, nullable_since(1));           // std::optional, null from 1 on
//     v.tagged(0, "leader", m.leader, since(10));               // tagged field 0 (KIP-482)
//   }
//
// M is the struct, const or not. Visitors: Reader (decode), Writer and Sizer (encode), Printer
// (text), ErrorVisitor, and the random generator of the tests. Fields appear in wire order; tagged ones last, in
// ascending order of tag.
//
// What a field may be, and its form on the wire ("compact" in flexible versions):
//   bool, int8..int64, enums over them, Strong<> of them     big-endian
//   Uuid                                                      16 bytes
//   std::string                    int16 length, bytes        | compact: uvarint length + 1, bytes
//   Buffer, ConstBytes             int32 length, bytes        | compact: uvarint length + 1, bytes
//   std::vector<T>                 int32 count, items         | compact: uvarint count + 1, items
//   std::optional<one of the last three rows>                 length -1 | compact 0 is null
//   a struct with fields()         its fields, and in flexible versions its tagged fields:
//                                  uvarint count, *( uvarint tag, uvarint size, value )
//
// A Buffer followed_by_gap(n) is n bytes longer on the wire than what it holds: its length says so, the
// bytes are left out, and whoever sends the frame puts them there (encode_response_with_gaps).
//
// A field of a version that lacks it keeps its default when read and is dropped when written. A
// null that the version cannot express is written as empty (Metadata v0: no topics = all of them).
// ConstBytes borrow from the frame when read; Buffer copies.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "model/types/uuid.h"
#include "sim/base/bytes.h"
#include "sim/base/strong.h"

namespace weir {

struct Versions {
  int16_t first = 0;
  int16_t last = std::numeric_limits<int16_t>::max();
  int16_t nullable_first = 0;  // for std::optional: null is legal from here on
  bool classic = false;        // never compact: the request header's client_id
  bool null_is_empty = false;  // a Buffer that peers may send as null
  uint64_t gap_bytes = 0;      // of a Buffer: what its sender puts behind it, and no writer sees

  [[nodiscard]] constexpr bool contains(int16_t version) const {
    return first <= version && version <= last;
  }
  [[nodiscard]] constexpr Versions nullable(int16_t from) const {
    Versions copy = *this;
    copy.nullable_first = from;
    return copy;
  }
  [[nodiscard]] constexpr Versions never_compact() const {
    Versions copy = *this;
    copy.classic = true;
    return copy;
  }
  [[nodiscard]] constexpr Versions null_reads_empty() const {
    Versions copy = *this;
    copy.null_is_empty = true;
    return copy;
  }
  [[nodiscard]] constexpr Versions followed_by_gap(uint64_t bytes) const {
    Versions copy = *this;
    copy.gap_bytes = bytes;
    return copy;
  }
};

constexpr Versions all_versions() { return {}; }
constexpr Versions since(int16_t first) { return {.first = first}; }
constexpr Versions until(int16_t last) { return {.last = last}; }
constexpr Versions between(int16_t first, int16_t last) { return {.first = first, .last = last}; }
constexpr Versions nullable_since(int16_t first) { return Versions{}.nullable(first); }

// Texts longer than this are refused when read and cut when written, in every encoding. Only a
// composed error message can be so long, because names that were read are not.
inline constexpr size_t kMaxTextBytes = 32767;

template <class T>
struct IsStrong : std::false_type {};
template <class T, class Tag>
struct IsStrong<Strong<T, Tag>> : std::true_type {};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
struct IsArray : std::false_type {};
template <class T>
struct IsArray<std::vector<T>> : std::true_type {};
template <>
struct IsArray<Buffer> : std::false_type {};  // bytes, not an array of numbers

}  // namespace weir
