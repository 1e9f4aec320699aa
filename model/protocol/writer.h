// Writer and Sizer: the visitors that encode a message, and that count what it would take.
//
// Both are one template over where the bytes go, so that they cannot disagree. A tagged field is
// written only when it differs from its default. What a version cannot carry is dropped.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/protocol/fields.h"
#include "model/record/varint.h"
#include "sim/base/check.h"

namespace weir {

struct CountingSink {
  size_t size = 0;
  template <class T>
  void integer(T) {
    size += sizeof(T);
  }
  void unsigned_varint(uint32_t value) { size += unsigned_varint_size(value); }
  void bytes(ConstBytes from) { size += from.size(); }
  void gap(uint64_t bytes) { size += bytes; }
};

// Where in a frame bytes were left out.
struct Gap {
  size_t at = 0;  // in what was written
  uint64_t bytes = 0;
  friend bool operator==(const Gap&, const Gap&) = default;
};

struct BufferSink {
  Buffer& to;
  std::vector<Gap>* gaps = nullptr;  // without it a message with gaps is a bug
  template <class T>
  void integer(T value) {
    uint8_t raw[sizeof(T)];
    store_big_endian(raw, value);
    append_bytes(to, raw);
  }
  void unsigned_varint(uint32_t value) { append_unsigned_varint(to, value); }
  void bytes(ConstBytes from) { append_bytes(to, from); }
  void gap(uint64_t bytes) {
    CHECK(gaps != nullptr);
    gaps->push_back({to.size(), bytes});
  }
};

template <class Sink>
class BasicWriter {
 public:
  BasicWriter(Sink sink, int16_t version, bool flexible)
      : sink_(sink), version_(version), flexible_(flexible) {}

  // What fields() calls.
  template <class T>
  void field(std::string_view, const T& value, Versions where = {}) {
    if (pass_ == Pass::fields && where.contains(version_)) put(value, where);
  }
  template <class T>
  void tagged(uint32_t tag, std::string_view, const T& value, Versions where = {},
              const std::type_identity_t<T>& absent = {}) {
    if (pass_ == Pass::fields || !where.contains(version_) || value == absent) return;
    if (pass_ == Pass::count_tags) {
      ++tag_count_;
      return;
    }
    BasicWriter<CountingSink> sizer{{}, version_, flexible_};
    sizer.put(value, where);
    sink_.unsigned_varint(tag);
    sink_.unsigned_varint(static_cast<uint32_t>(sizer.sink().size));
    put(value, where);
  }

  template <class M>
  void structure(const M& message) {
    const Pass outer = std::exchange(pass_, Pass::fields);
    M::fields(*this, message);
    if (flexible_) {
      pass_ = Pass::count_tags;
      tag_count_ = 0;
      M::fields(*this, message);
      sink_.unsigned_varint(tag_count_);
      pass_ = Pass::write_tags;
      if (tag_count_ > 0) M::fields(*this, message);
    }
    pass_ = outer;
  }

  template <class T>
  void put(const T& value, Versions where) {
    const bool compact = flexible_ && !where.classic;
    if constexpr (std::is_same_v<T, bool>) {
      sink_.integer(static_cast<int8_t>(value ? 1 : 0));
    } else if constexpr (std::is_integral_v<T>) {
      sink_.integer(value);
    } else if constexpr (std::is_enum_v<T>) {
      sink_.integer(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (IsStrong<T>::value) {
      sink_.integer(value.value());
    } else if constexpr (std::is_same_v<T, Uuid>) {
      sink_.bytes(value.bytes);
    } else if constexpr (std::is_same_v<T, std::string>) {
      const std::string_view text = std::string_view{value}.substr(0, kMaxTextBytes);
      put_length<int16_t>(text.size(), compact);
      sink_.bytes(as_bytes(text));
    } else if constexpr (std::is_same_v<T, Buffer> || std::is_same_v<T, ConstBytes>) {
      put_length<int32_t>(value.size() + where.gap_bytes, compact);
      sink_.bytes(value);
      if (where.gap_bytes > 0) sink_.gap(where.gap_bytes);
    } else if constexpr (IsArray<T>::value) {
      put_length<int32_t>(value.size(), compact);
      for (const auto& item : value) put(item, where);
    } else if constexpr (IsOptional<T>::value) {
      put_nullable(value, where, compact);
    } else {
      structure(value);
    }
  }

  [[nodiscard]] const Sink& sink() const { return sink_; }

 private:
  enum class Pass : uint8_t { fields, count_tags, write_tags };

  template <class Classic>
  void put_length(size_t length, bool compact) {
    if (compact) {
      sink_.unsigned_varint(static_cast<uint32_t>(length + 1));
    } else {
      sink_.integer(static_cast<Classic>(length));
    }
  }

  template <class T>
  void put_nullable(const std::optional<T>& value, Versions where, bool compact) {
    if (value) return put(*value, where);
    if (version_ < where.nullable_first) return put(T{}, where);
    if (compact) return sink_.unsigned_varint(0);
    if constexpr (std::is_same_v<T, std::string>) {
      sink_.integer(int16_t{-1});
    } else {
      sink_.integer(int32_t{-1});
    }
  }

  Sink sink_;
  int16_t version_;
  bool flexible_;
  Pass pass_ = Pass::fields;
  uint32_t tag_count_ = 0;
};

using Writer = BasicWriter<BufferSink>;
using Sizer = BasicWriter<CountingSink>;

}  // namespace weir
