// JsonLine: one JSON object on one line, as --json prints it (RFC 8259). Names come in the order in
// which they are added.
//
//   JsonLine().add("topic", "events").add("partitions", 3).text()
//   {"topic":"events","partitions":3}
//
// JSON is UTF-8, but keys and values of records are any bytes: add_bytes("value", b) adds "value"
// when they are UTF-8 and otherwise "value_hex", so that nothing is lost and nothing is guessed.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"

namespace weir {

class JsonLine {
 public:
  JsonLine& add(std::string_view name, std::string_view text);
  JsonLine& add(std::string_view name, const char* text) {
    return add(name, std::string_view(text));
  }
  JsonLine& add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonLine& add(std::string_view name, T value) {
    return raw(name, std::to_string(value));
  }
  // With two decimals.
  JsonLine& add(std::string_view name, double value);
  JsonLine& add_null(std::string_view name) { return raw(name, "null"); }
  JsonLine& add_bytes(std::string_view name, ConstBytes bytes);
  JsonLine& add_object(std::string_view name, const JsonLine& object) {
    return raw(name, object.text());
  }
  [[nodiscard]] std::string text() const { return "{" + members_ + "}"; }

 private:
  JsonLine& raw(std::string_view name, std::string_view value);
  std::string members_;
};

// Whether the bytes are well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates.
bool is_utf8(ConstBytes bytes);

}  // namespace weir
