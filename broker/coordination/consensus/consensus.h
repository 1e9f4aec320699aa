// Consensus: how the servers of a coordination service agree upon one order of transactions.
//
//   propose(payload) at the leader ──> log, synced by a majority ──> StateMachine::apply on every server
//
// The engines (solo for one server; Raft and Zab for three and five) order bytes and know nothing of what
// they mean. Each transaction gets a zxid that ascends and is never used twice, and is applied once, in that
// order, on every server that lives long enough; after a restart from the state's snapshot on.
#pragma once

#include <optional>

#include "model/types/zxid.h"
#include "sim/base/bytes.h"

namespace weir {

// What the ordered transactions change. Called in one fiber at a time; must not suspend.
class StateMachine {
 public:
  virtual ~StateMachine() = default;
  virtual void apply(Zxid zxid, ConstBytes payload) = 0;
};

class Consensus {
 public:
  virtual ~Consensus() = default;
  // Whether this server decides what comes next.
  [[nodiscard]] virtual bool leads() const = 0;
  // The leader's only: the transaction's place. It is applied if, and when, it is committed. Nothing when
  // this server does not lead, or can write no more (its disk has failed).
  virtual std::optional<Zxid> propose(Buffer payload) = 0;
};

}  // namespace weir
