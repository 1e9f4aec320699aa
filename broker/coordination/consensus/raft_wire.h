// Raft's messages as bytes, in Jute. Who sends them, and to whom, the connection knows.
//
//   message  = int32 term, int32 kind, body             kind: 1 VoteRequest .. 7 TermReply
//   AppendRequest's entries are their zxids alone; payloads follow outside of it, in the same order.
#pragma once

#include "broker/coordination/consensus/raft_message.h"
#include "model/protocol/protocol_error.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

Buffer encode_raft_message(const RaftMessage& message);
// Of whatever bytes; `from` and `to` of the result are not set.
Result<RaftMessage, ProtocolError> decode_raft_message(ConstBytes bytes);

}  // namespace weir
