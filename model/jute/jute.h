// Jute: the encoding of ZooKeeper's records, over the same fields() as Kafka's messages
// (model/protocol/fields.h), of which it uses field() without versions.
//
//   bool                        1 byte
//   int32, int64, enums, Strong big-endian
//   std::string   (ustring)     int32 length, bytes; -1 is null, which reads as empty
//   Buffer        (buffer)      the same
//   std::optional<Buffer>       the same, with null told apart from empty (a znode's data)
//   std::vector<T>              int32 count, items; -1 reads as empty
//   a struct                    its fields, nothing around them
//
//   {path "/a", watch true}  =  00 00 00 02 2f 61 01
//
// JuteReader reads bytes of unknown honesty: never outside of them, and no array longer than the bytes
// left could hold. The first error sticks and names the field. How large a frame may be is its reader's
// business (jute.maxbuffer), not the encoding's.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/protocol/fields.h"
#include "model/protocol/protocol_error.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

class JuteReader {
 public:
  explicit JuteReader(ConstBytes bytes) : bytes_(bytes) {}

  // What fields() calls.
  template <class T>
  void field(std::string_view name, T& value) {
    if (error_) return;
    const std::string_view outer = std::exchange(field_, name);
    read(value);
    field_ = outer;
  }
  template <class M>
  void structure(M& message) {
    M::fields(*this, message);
  }
  // Refuses bytes after the record.
  void expect_end();
  [[nodiscard]] ConstBytes rest() const { return bytes_.subspan(at_); }
  [[nodiscard]] const ProtocolError* error() const { return error_ ? &*error_ : nullptr; }

 private:
  static constexpr int32_t kNull = -1;
  void fail(ProtocolError::Kind kind, std::string detail);
  // A length or count that the bytes left can hold, or kNull.
  int32_t length();
  template <class T>
  T integer() {
    if (error_) return 0;
    if (bytes_.size() - at_ < sizeof(T)) {
      fail(ProtocolError::Kind::truncated, "the bytes end inside of it");
      return 0;
    }
    const T value = load_big_endian<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }
  ConstBytes take(int32_t count) {
    const ConstBytes taken = bytes_.subspan(at_, static_cast<size_t>(std::max(count, 0)));
    at_ += taken.size();
    return taken;
  }

  template <class T>
  void read(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = integer<int8_t>() != 0;
    } else if constexpr (std::is_integral_v<T>) {
      value = integer<T>();
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(integer<std::underlying_type_t<T>>());
    } else if constexpr (IsStrong<T>::value) {
      value = T{integer<typename T::Value>()};
    } else if constexpr (std::is_same_v<T, std::optional<Buffer>>) {
      const int32_t count = length();
      value.reset();
      if (count == kNull) return;
      const ConstBytes raw = take(count);
      value.emplace(raw.begin(), raw.end());
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = as_text(take(length()));
    } else if constexpr (std::is_same_v<T, Buffer>) {
      const ConstBytes raw = take(length());
      value.assign(raw.begin(), raw.end());
    } else if constexpr (IsArray<T>::value) {
      value.clear();
      const int32_t count = length();
      for (int32_t i = 0; i < count && !error_; ++i) read(value.emplace_back());
    } else {
      structure(value);
    }
  }

  ConstBytes bytes_;
  size_t at_ = 0;
  std::string_view field_;
  std::optional<ProtocolError> error_;
};

class JuteWriter {
 public:
  explicit JuteWriter(Buffer& to) : to_(to) {
    // Most records are small: one allocation instead of one for each doubling.
    constexpr size_t kUsual = 96;
    if (to.capacity() == 0) to.reserve(kUsual);
  }

  template <class T>
  void field(std::string_view /*name*/, const T& value) {
    write(value);
  }
  template <class M>
  void structure(const M& message) {
    M::fields(*this, message);
  }

 private:
  // Not inline: gcc 12 sees overflows in a vector that grows where it can see its size.
  void put(ConstBytes bytes);
  template <class T>
  void integer(T value) {
    uint8_t bytes[sizeof(T)];
    store_big_endian(bytes, value);
    put(bytes);
  }
  void sized(ConstBytes bytes) {
    integer(static_cast<int32_t>(bytes.size()));
    put(bytes);
  }

  template <class T>
  void write(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      integer(static_cast<int8_t>(value ? 1 : 0));
    } else if constexpr (std::is_integral_v<T>) {
      integer(value);
    } else if constexpr (std::is_enum_v<T>) {
      integer(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (IsStrong<T>::value) {
      integer(value.value());
    } else if constexpr (std::is_same_v<T, std::optional<Buffer>>) {
      if (value) return sized(*value);
      integer(int32_t{-1});
    } else if constexpr (std::is_same_v<T, std::string>) {
      sized(as_bytes(value));
    } else if constexpr (std::is_same_v<T, Buffer>) {
      sized(value);
    } else if constexpr (IsArray<T>::value) {
      integer(static_cast<int32_t>(value.size()));
      for (const auto& item : value) write(item);
    } else {
      structure(value);
    }
  }

  Buffer& to_;
};

template <class M>
void append_jute(Buffer& to, const M& message) {
  JuteWriter(to).structure(message);
}
// All of `bytes`, or an error.
template <class M>
Result<M, ProtocolError> decode_jute(ConstBytes bytes) {
  M message;
  JuteReader reader(bytes);
  reader.structure(message);
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return message;
}

}  // namespace weir
