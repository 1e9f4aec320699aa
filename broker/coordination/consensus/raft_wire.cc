#include "broker/coordination/consensus/raft_wire.h"

#include "broker/coordination/consensus/wire_variant.h"

namespace weir {

Buffer encode_raft_message(const RaftMessage& message) {
  Buffer bytes;
  JuteWriter writer(bytes);
  writer.field("term", message.term);
  write_variant(writer, message.body);
  return bytes;
}

Result<RaftMessage, ProtocolError> decode_raft_message(ConstBytes bytes) {
  JuteReader reader(bytes);
  RaftMessage message;
  reader.field("term", message.term);
  TRY(read_variant(reader, message.body));
  return message;
}

}  // namespace weir
