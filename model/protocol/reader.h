// Reader: the visitor that decodes a message from bytes of unknown honesty.
//
// It never reads outside the bytes it was given, and never makes an array longer than the bytes
// left could hold (each item takes one at least). The first error sticks: every later field keeps
// its default, and error() names the field by its path. Tagged fields that the message does not
// know are skipped by their size.
//
//   Reader reader{body, version, flexible};
//   reader.structure(message);
//   if (const ProtocolError* error = reader.error()) ...
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/protocol/fields.h"
#include "model/protocol/protocol_error.h"

namespace weir {

class Reader {
 public:
  Reader(ConstBytes bytes, int16_t version, bool flexible)
      : bytes_(bytes), end_(bytes.size()), version_(version), flexible_(flexible) {}

  // What fields() calls.
  template <class T>
  void field(std::string_view name, T& value, Versions where = {}) {
    if (tag_pass_ || error_ || !where.contains(version_)) return;
    enter(name);
    read(value, where);
    --depth_;
  }
  template <class T>
  void tagged(uint32_t tag, std::string_view name, T& value, Versions where = {},
              const std::type_identity_t<T>& /*absent*/ = {}) {
    if (!tag_pass_ || error_ || tag != wanted_tag_ || !where.contains(version_)) return;
    enter(name);
    read(value, where);
    --depth_;
    tag_pass_ = true;
    wanted_tag_ = tag;
    tag_found_ = true;
  }

  template <class M>
  void structure(M& message) {
    const bool outer = std::exchange(tag_pass_, false);
    M::fields(*this, message);
    if (flexible_) tags_of(message);
    tag_pass_ = outer;
  }
  // Refuses bytes after the message.
  void expect_end();

  [[nodiscard]] size_t position() const { return at_; }
  [[nodiscard]] const ProtocolError* error() const { return error_ ? &*error_ : nullptr; }

 private:
  using Kind = ProtocolError::Kind;
  static constexpr size_t kMaxDepth = 8;  // no message nests deeper
  struct Length {
    bool null = false;
    size_t count = 0;
  };

  void enter(std::string_view name);
  void fail(Kind kind, std::string detail);
  [[nodiscard]] size_t left() const { return end_ - at_; }
  [[nodiscard]] bool need(size_t count);
  uint32_t unsigned_varint();
  Length text_length(bool compact);
  Length bytes_length(bool compact);  // of byte strings and of arrays alike
  Length checked(int64_t length);
  void refuse_null();
  ConstBytes take(size_t count);

  template <class T>
  T integer() {
    if (!need(sizeof(T))) return 0;
    const T value = load_big_endian<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }

  template <class T>
  void read(T& value, Versions where) {
    const bool compact = flexible_ && !where.classic;
    if constexpr (std::is_same_v<T, bool>) {
      value = integer<int8_t>() != 0;
    } else if constexpr (std::is_integral_v<T>) {
      value = integer<T>();
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(integer<std::underlying_type_t<T>>());
    } else if constexpr (IsStrong<T>::value) {
      value = T{integer<typename T::Value>()};
    } else if constexpr (std::is_same_v<T, Uuid>) {
      const ConstBytes raw = take(value.bytes.size());
      std::copy(raw.begin(), raw.end(), value.bytes.begin());
    } else if constexpr (IsOptional<T>::value) {
      read_nullable(value, where, compact);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Buffer> ||
                         std::is_same_v<T, ConstBytes> || IsArray<T>::value) {
      const Length length = length_of<T>(compact);
      if (length.null && !where.null_is_empty) return refuse_null();
      fill(value, length.count, where);
    } else {
      structure(value);
    }
  }

  template <class T>
  void read_nullable(std::optional<T>& value, Versions where, bool compact) {
    const Length length = length_of<T>(compact);
    if (length.null) {
      if (version_ < where.nullable_first) return refuse_null();
      value.reset();
    } else {
      fill(value.emplace(), length.count, where);
    }
  }

  template <class T>
  Length length_of(bool compact) {
    return std::is_same_v<T, std::string> ? text_length(compact) : bytes_length(compact);
  }

  template <class T>
  void fill(T& value, size_t count, Versions where) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = as_text(take(count));
    } else if constexpr (std::is_same_v<T, ConstBytes>) {
      value = take(count);
    } else if constexpr (std::is_same_v<T, Buffer>) {
      const ConstBytes raw = take(count);
      value.assign(raw.begin(), raw.end());
    } else {
      value.clear();
      // Grown as items prove to be there: a large count alone costs nothing.
      value.reserve(std::min<size_t>(count, 16));
      for (size_t i = 0; i < count && !error_; ++i) read(value.emplace_back(), where);
    }
  }

  template <class M>
  void tags_of(M& message) {
    const uint32_t count = unsigned_varint();
    int64_t last_tag = -1;
    for (uint32_t i = 0; i < count && !error_; ++i) {
      const uint32_t tag = unsigned_varint();
      const uint32_t size = unsigned_varint();
      if (error_ || !begin_tag(tag, size, last_tag)) return;
      last_tag = tag;
      const size_t outer_end = std::exchange(end_, at_ + size);
      tag_pass_ = true;
      wanted_tag_ = tag;
      tag_found_ = false;
      M::fields(*this, message);
      finish_tag();
      end_ = outer_end;
    }
  }
  bool begin_tag(uint32_t tag, uint32_t size, int64_t last_tag);
  void finish_tag();

  ConstBytes bytes_;
  size_t at_ = 0;
  size_t end_;  // of the bytes, or of the tagged field that is being read
  int16_t version_;
  bool flexible_;
  bool tag_pass_ = false;  // field() does nothing, tagged() looks for wanted_tag_
  bool tag_found_ = false;
  uint32_t wanted_tag_ = 0;
  std::array<std::string_view, kMaxDepth> path_;
  size_t depth_ = 0;
  std::optional<ProtocolError> error_;
};

}  // namespace weir
