// The znode oracle: judges what clients of a coordination service asked and were answered.
//
// Every write carries a value of its own. Operations have two times, of a clock that all share: when they were
// invoked and when they completed (an unknown outcome never does). Writes that were acked carry their zxid.
//
// What must hold (reads are linearizable on one server, or behind a sync):
//   order         a write invoked after another completed has a greater zxid; no two writes share one
//   phantom       what is read was written to that path by a write that may have happened
//   stale, lost   a read is not older than a write that completed before it was invoked
//   resurrected   what a deletion that completed has taken does not come back
//   altered       one mzxid stands for one value
//   missing       a node that was created is there, unless a deletion may have come, or its session may
//                 have ended
//   outlived      an ephemeral node is gone once its client was told that the session has ended
//
// Example. Ann creates /e, ephemeral, and is acked; Bob reads /e and is told that there is none; after that Ann
// is answered once more in the same session. Nobody deleted /e: missing, for Ann's session was alive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/jute/records.h"

namespace weir {

enum class ZnodeAction : uint8_t { create, set, remove, read, touch };  // touch: any answer in a session
enum class ZnodeOutcome : uint8_t { ok, failed, unknown };

struct ZnodeOperation {
  ZnodeAction action = ZnodeAction::read;
  ZnodeOutcome outcome = ZnodeOutcome::unknown;
  std::string path;
  uint64_t value = 0;  // written, or read; 0: there was no node
  bool ephemeral = false;
  SessionId session;   // in which it was done; of a read node: its owner
  Zxid zxid;           // of an acked creation or set; of a read node: its mzxid
  int64_t invoked = 0;
  int64_t completed = INT64_MAX;
};

struct SessionEnd {
  SessionId session;
  int64_t told_at = 0;  // when its client knew
};

struct ZnodeHistory {
  std::vector<ZnodeOperation> operations;
  std::vector<SessionEnd> ends;
};

struct ZnodeAnomaly {
  std::string kind;
  std::string sentence;
};

std::vector<ZnodeAnomaly> check_znode_history(const ZnodeHistory& history);

}  // namespace weir
