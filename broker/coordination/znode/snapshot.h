// The state of a server as bytes, in pieces, while it goes on changing.
//
//   snapshot = *( int32 kind, record )      kind 1: SessionRecord, 2: ZnodeRecord, 0: the end, no record
//   in order of session ids, then of paths
//
// A fuzzy snapshot: each piece is as of the moment it was made. It stands for the state as of the zxid that
// was applied when it was begun, because all transactions behind that one are told to the restored state
// again, and telling them twice changes nothing (txn.h). A node whose parent came too late for the snapshot,
// or the other way round, is set right by the transactions that made them.
#pragma once

#include <string>

#include "broker/coordination/znode/session_table.h"
#include "broker/coordination/znode/tree.h"
#include "model/protocol/protocol_error.h"
#include "sim/base/result.h"

namespace weir {

class SnapshotEncoder {
 public:
  SnapshotEncoder(const ZnodeTree& tree, const SessionTable& sessions)
      : tree_(tree), sessions_(sessions) {}
  // Some `piece_bytes` more (one record may be longer); empty: that was all.
  Buffer next_piece(size_t piece_bytes);

 private:
  enum class Part : uint8_t { sessions, znodes, ended };
  const ZnodeTree& tree_;
  const SessionTable& sessions_;
  Part part_ = Part::sessions;
  SessionId last_session_{INT64_MIN};
  std::string last_path_;
};

// Told the pieces of one snapshot, cut anywhere, it restores into a new tree and table.
class SnapshotDecoder {
 public:
  SnapshotDecoder(ZnodeTree& tree, SessionTable& sessions) : tree_(tree), sessions_(sessions) {}
  Result<Done, ProtocolError> add(ConstBytes piece);
  // Whether the end was there.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  Result<bool, ProtocolError> take_one();
  ZnodeTree& tree_;
  SessionTable& sessions_;
  Buffer rest_;
  size_t used_ = 0;
  bool complete_ = false;
};

}  // namespace weir
