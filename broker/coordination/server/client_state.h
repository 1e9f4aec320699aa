// What CoordinationServer knows of one connection. Internal to it.
#pragma once

#include <deque>

#include "broker/coordination/server/server.h"

namespace weir {

// Compared in full whatever differs, so that time tells nothing of a password.
inline bool same_secret(ConstBytes a, ConstBytes b) {
  if (a.size() != b.size()) return false;
  uint8_t differs = 0;
  for (size_t i = 0; i < a.size(); ++i) differs |= a[i] ^ b[i];
  return differs == 0;
}

struct CoordinationServer::Request {
  int32_t xid = 0;
  ZkOp op = ZkOp::error;
  Buffer body;
  int64_t origin = 0;  // while it waits for the leader; without one it is answered when its turn comes
};

struct CoordinationServer::Client {
  enum class State : uint8_t { greeting, opening, open, leaving };
  uint64_t connection = 0;
  Endpoint peer;
  State state = State::greeting;
  ConnectRequest greeting;
  SessionId session;
  Identities who;
  std::deque<Request> requests;  // in the order in which they are answered
  size_t looked_at = 0;          // of them, from the front: the leader was asked where it has to be
  int64_t opening = 0;           // origin, while its session is taken up
  bool syncing = false;          // nothing behind a sync is asked before that is done
  uint64_t received = 0;
};

}  // namespace weir
