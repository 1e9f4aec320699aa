#include "model/types/uuid.h"

namespace weir {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr size_t kTextLength = 22;  // 128 bits in digits of 6, the last one holding 2

}  // namespace

std::string to_string(const Uuid& id) {
  std::string text;
  text.reserve(kTextLength);
  uint32_t bits = 0;
  int count = 0;
  for (const uint8_t byte : id.bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 6; count -= 6) text += kDigits[(bits >> (count - 6)) & 63];
  }
  text += kDigits[(bits << (6 - count)) & 63];
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid id;
  uint32_t bits = 0;
  int count = 0;
  size_t at = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    id.bytes[at++] = static_cast<uint8_t>(bits >> count);
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return id;
}

}  // namespace weir
