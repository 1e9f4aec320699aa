// The znode oracle: judges what clients of a coordination service asked and were answered.
//
// Every write carries a value of its own. Operations have two times, of a clock that all share: when they were
// invoked and when they completed (an unknown outcome never does). Writes that were acked carry their zxid.
//
// A read on one server, or behind a sync, is linearizable: it sees all that was complete when it (or the sync)
// was invoked. A read from a server of an ensemble may be behind, but never behind what its own client has seen:
// it sees every write up to the zxid that the client knew when it asked (`known`). "Before" in what follows
// means the one or the other.
//
// What must hold:
//   order         a write invoked after another completed has a greater zxid; no two writes share one, but
//                 those of one multi, which all do
//   sequence      of sequential nodes under one name, later zxids have greater numbers
//   phantom       what is read was written to that path by a write that may have happened
//   stale         a read is not older than a write that comes before it
//   resurrected   what a deletion that comes before it has taken does not come back
//   altered       one mzxid stands for one value
//   missing       a node that was created is there, unless a deletion may have come, or its session may
//                 have ended
//   outlived      an ephemeral node is gone once its client was told that the session has ended
//
// A write whose outcome nobody knew and that somebody has read did happen, at that zxid; so did all of its multi.
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
  int64_t invoked = 0;        // of a read behind a sync: when the sync was
  int64_t completed = INT64_MAX;
  bool behind = false;        // a read that need not see more than `known` promises
  // The latest zxid that the client had seen: of a read when it was invoked, of a deletion when it completed.
  Zxid known;
  uint64_t multi = 0;         // the multi that it was a part of; 0: none
  int64_t sequence = -1;      // of an acked creation of a sequential node: its number
};

struct SessionEnd {
  SessionId session;
  int64_t told_at = 0;  // when its client knew
  Zxid zxid;            // no later than this it had ended; 0: not known
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

// While no majority was there, from `from` to `to`, nothing that was asked was decided: no change was acked, and no
// read behind a sync answered ("decided").
std::vector<ZnodeAnomaly> check_nothing_decided(const ZnodeHistory& history, int64_t from, int64_t to);

}  // namespace weir
