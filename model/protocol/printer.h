// Printer: the visitor that makes one line of text of a message, for traces and golden tests.
//
//   {acks: -1, timeout_ms: 30000, topics: [{name: "t", partitions: [{index: 0, records: 4b #..}]}]}
//
// It shows exactly the fields that the version carries, tagged ones only when they differ from
// their default. Texts are quoted with everything but printable ASCII escaped; byte strings are
// shown as their size and digest; error codes by name. Two messages that print alike in a version
// encode alike in it (up to a collision of digests).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/protocol/fields.h"
#include "model/types/error_code.h"

namespace weir {

class Printer {
 public:
  explicit Printer(int16_t version) : version_(version) {}

  template <class T>
  void field(std::string_view name, const T& value, Versions where = {}) {
    if (!where.contains(version_)) return;
    label(name);
    print(value);
  }
  template <class T>
  void tagged(uint32_t, std::string_view name, const T& value, Versions where = {},
              const std::type_identity_t<T>& absent = {}) {
    if (!(value == absent)) field(name, value, where);
  }
  template <class M>
  void structure(const M& message) {
    text_ += '{';
    M::fields(*this, message);
    text_ += '}';
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void label(std::string_view name);
  void quote(std::string_view text);
  void bytes(ConstBytes bytes);

  template <class T>
  void print(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      text_ += value ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      text_ += std::to_string(value);
    } else if constexpr (std::is_same_v<T, ErrorCode>) {
      text_ += name(value);
      if (name(value) == "UNLISTED") text_ += std::to_string(static_cast<int>(value));
    } else if constexpr (std::is_enum_v<T>) {
      text_ += std::to_string(static_cast<int>(value));
    } else if constexpr (IsStrong<T>::value) {
      text_ += std::to_string(value.value());
    } else if constexpr (std::is_same_v<T, Uuid>) {
      text_ += to_string(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      quote(value);
    } else if constexpr (std::is_same_v<T, Buffer> || std::is_same_v<T, ConstBytes>) {
      bytes(value);
    } else if constexpr (IsOptional<T>::value) {
      if (value) return print(*value);
      text_ += "null";
    } else if constexpr (IsArray<T>::value) {
      text_ += '[';
      for (size_t i = 0; i < value.size(); ++i) {
        if (i > 0) text_ += ", ";
        print(value[i]);
      }
      text_ += ']';
    } else {
      structure(value);
    }
  }

  int16_t version_;
  std::string text_;
};

}  // namespace weir
