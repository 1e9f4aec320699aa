// Uuid: 16 bytes that name a topic for good (KIP-516), while its name may be given to another.
//
// All zeros means "no id". The text form is Kafka's: base64 with the URL alphabet and no padding,
//   uuid = 21 digit last-digit ;  digit = A-Z a-z 0-9 "-" "_" ;  last-digit has its low 4 bits zero
// so that each id has exactly one text. Nothing here makes random ids: the broker draws 16 bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

struct Uuid {
  std::array<uint8_t, 16> bytes{};
  [[nodiscard]] bool is_zero() const { return *this == Uuid{}; }
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

std::string to_string(const Uuid& id);
// Nothing unless `text` is exactly what to_string gives for some id.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace weir
