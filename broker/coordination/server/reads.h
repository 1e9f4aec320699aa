// What a server answers from its own tree: no transaction, no other server.
//
// A read may leave a watch, and does so only when it says what it saw: exists on any node, the others only
// on one that is there and may be read. Answer and watch are made in one step, so no change falls between
// them (the bug "watch armed after the read").
#pragma once

#include "broker/coordination/znode/acl.h"
#include "broker/coordination/znode/tree.h"
#include "broker/coordination/znode/watch_table.h"
#include "model/jute/records.h"

namespace weir {

// Of one request: who asks, and from which session and connection.
struct ReadContext {
  const ZnodeTree& tree;
  WatchTable& watches;
  const Identities& who;
  SessionId session;
  WatcherId watcher = 0;
};

struct LocalAnswer {
  ZkError error = ZkError::ok;
  Buffer body;
};

// Whether answer_read knows it.
bool is_read(ZkOp op);
LocalAnswer answer_read(const ReadContext& context, ZkOp op, ConstBytes body);

// setWatches: watches anew what nothing has happened to since `relative_zxid`; the rest has its event.
std::vector<ZnodeEvent> renew_watches(const ReadContext& context, const SetWatchesRequest& request);

}  // namespace weir
