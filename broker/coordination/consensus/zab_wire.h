// Zab's messages as bytes, in Jute. Who sends them, and to whom, the connection knows.
//
//   message  = int32 epoch, int64 link, int64 number, int32 kind, body      kind: 1 ZabNotification .. 15 ZabClosed
//   ZabProposals' entries are their zxids alone; payloads follow outside of it, in the same order.
#pragma once

#include "broker/coordination/consensus/zab_message.h"
#include "model/protocol/protocol_error.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

Buffer encode_zab_message(const ZabMessage& message);
// Of whatever bytes; `from` and `to` of the result are not set.
Result<ZabMessage, ProtocolError> decode_zab_message(ConstBytes bytes);

}  // namespace weir
