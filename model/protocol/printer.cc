#include "model/protocol/printer.h"

#include "sim/base/hash.h"

namespace weir {
namespace {

void append_hex(std::string& to, uint64_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    to += "0123456789abcdef"[(value >> shift) & 15];
  }
}

}  // namespace

void Printer::label(std::string_view name) {
  if (text_.back() != '{') text_ += ", ";
  text_ += name;
  text_ += ": ";
}

void Printer::quote(std::string_view text) {
  text_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') text_ += '\\';
    if (c >= ' ' && c <= '~') {
      text_ += c;
    } else {
      text_ += "\\x";
      append_hex(text_, static_cast<uint8_t>(c), 2);
    }
  }
  text_ += '"';
}

void Printer::bytes(ConstBytes bytes) {
  text_ += std::to_string(bytes.size()) + "b #";
  append_hex(text_, digest(bytes), 16);
}

}  // namespace weir
