#include "client/cli/json_line.h"

#include <fmt/core.h>

namespace weir {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string hex(ConstBytes bytes) {
  std::string out;
  for (const uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

// How many bytes the character at the front takes; 0 when it is none.
size_t utf8_character_bytes(ConstBytes bytes) {
  const uint8_t first = bytes[0];
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((bytes[i] & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = bytes[1];
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool too_large = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

bool is_utf8(ConstBytes bytes) {
  while (!bytes.empty()) {
    const size_t length = utf8_character_bytes(bytes);
    if (length == 0) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

JsonLine& JsonLine::add(std::string_view name, std::string_view text) {
  return raw(name, quoted(text));
}

JsonLine& JsonLine::add(std::string_view name, double value) {
  return raw(name, fmt::format("{:.2f}", value));
}

JsonLine& JsonLine::add_bytes(std::string_view name, ConstBytes bytes) {
  if (is_utf8(bytes)) return add(name, as_text(bytes));
  return raw(fmt::format("{}_hex", name), quoted(hex(bytes)));
}

JsonLine& JsonLine::raw(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_ += quoted(name);
  members_ += ':';
  members_ += value;
  return *this;
}

}  // namespace weir
