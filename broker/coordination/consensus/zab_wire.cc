#include "broker/coordination/consensus/zab_wire.h"

#include "broker/coordination/consensus/wire_variant.h"

namespace weir {
namespace {

template <class Visitor>
void head_fields(Visitor& visitor, auto& message) {
  visitor.field("epoch", message.epoch);
  visitor.field("link", message.link);
  visitor.field("number", message.number);
}

// Enums are read as they come; these two are used as they are.
bool in_range(const ZabMessage& message) {
  if (const auto* const one = std::get_if<ZabNotification>(&message.body)) {
    return one->state <= ZabState::leading;
  }
  if (const auto* const sync = std::get_if<ZabSync>(&message.body)) return sync->way <= SyncWay::trunc;
  return true;
}

}  // namespace

Buffer encode_zab_message(const ZabMessage& message) {
  Buffer bytes;
  JuteWriter writer(bytes);
  head_fields(writer, message);
  write_variant(writer, message.body);
  return bytes;
}

Result<ZabMessage, ProtocolError> decode_zab_message(ConstBytes bytes) {
  JuteReader reader(bytes);
  ZabMessage message;
  head_fields(reader, message);
  TRY(read_variant(reader, message.body));
  if (!in_range(message)) {
    return ProtocolError{ProtocolError::Kind::unknown_api, "state or way: none of Zab's"};
  }
  return message;
}

}  // namespace weir
