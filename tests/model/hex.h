// Bytes in tests, written as hex digits with spaces where a reader likes them: hex("0012 ff").
#pragma once

#include <string>
#include <string_view>

#include "sim/base/bytes.h"

namespace weir {

inline Buffer hex(std::string_view digits) {
  Buffer bytes;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ' || c == '\n') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

inline std::string to_hex(ConstBytes bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace weir
