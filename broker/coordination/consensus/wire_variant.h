// A message that is one of several kinds, as bytes in Jute: int32 kind, from 1 in the order of the variant,
// then the record of that kind.
#pragma once

#include <variant>

#include "model/jute/jute.h"

namespace weir {

template <class... Bodies>
void write_variant(JuteWriter& writer, const std::variant<Bodies...>& body) {
  writer.field("kind", static_cast<int32_t>(body.index() + 1));
  const auto write = [&](const auto* one) {
    if (one != nullptr) writer.structure(*one);
  };
  (write(std::get_if<Bodies>(&body)), ...);
}

// The last thing in its message. Of whatever bytes; what is wrong with them the reader says, or the result.
template <class... Bodies>
Result<Done, ProtocolError> read_variant(JuteReader& reader, std::variant<Bodies...>& body) {
  int32_t kind = 0;
  reader.field("kind", kind);
  int32_t next = 0;
  const auto read = [&](auto one) {
    if (++next != kind) return;
    reader.structure(one);
    body = std::move(one);
  };
  (read(Bodies{}), ...);
  reader.expect_end();
  if (reader.error() != nullptr) return *reader.error();
  if (kind < 1 || kind > next) {
    return ProtocolError{ProtocolError::Kind::unknown_api, "kind: no message is of it"};
  }
  return Done{};
}

}  // namespace weir
