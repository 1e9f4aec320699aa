// Consensus: how the servers of a coordination service agree upon one order of transactions.
//
//   propose(payload) at the leader ──> log, synced by a majority ──> StateMachine::apply on every server
//
// The engines (solo for one server; Raft and Zab for three and five) order bytes and know nothing of what
// they mean. Each transaction gets a zxid that ascends and is never used twice, and is applied once, in that
// order, on every server that lives long enough; after a restart from the state's snapshot on.
//
// A server is, as its engine tells it with on_role,
//
//   looking     no leader is known: it can promise nothing, and what was asked of it may be done or not
//   following   it knows the leader, and is told what is committed
//   leading     its first transaction is committed, so it has applied everything that ever was
//
// Every on_role begins a new life: nothing that was asked before it is answered after it.
#pragma once

#include <optional>

#include "broker/coordination/consensus/server_id.h"
#include "broker/coordination/storage/storage_error.h"
#include "model/types/zxid.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

enum class ServerRole : uint8_t { looking, following, leading };

struct RoleView {
  ServerRole role = ServerRole::looking;
  uint32_t epoch = 0;
  std::optional<ServerId> leader;  // nothing while looking
};

// What the ordered transactions change. Called in one fiber at a time; must not suspend.
class StateMachine {
 public:
  virtual ~StateMachine() = default;
  // An empty payload is an entry of the engine's own: it takes its zxid and changes nothing.
  virtual void apply(Zxid zxid, ConstBytes payload) = 0;
  virtual void on_role(const RoleView& view) = 0;
  // Of send(), at the other server.
  virtual void on_message(ServerId from, ConstBytes message) = 0;
  // Of confirm(): `at` is the zxid to have applied; nothing: this server does not lead.
  virtual void on_confirmed(uint64_t id, std::optional<Zxid> at) = 0;
};

// How long what is sent to another server may wait.
enum class Urgency : uint8_t {
  at_once,    // not at all
  soon,       // until the fiber that sends it has had its turn, and others theirs: together with what they send
  with_next,  // until something else is sent there: to a follower that is a heartbeat at the latest
};

class Consensus {
 public:
  virtual ~Consensus() = default;
  // The leader's only: the transaction's place. It is applied if, and when, it is committed. Nothing when
  // this server does not lead, or can write no more (its disk has failed).
  virtual std::optional<Zxid> propose(Buffer payload) = 0;
  // Whether this server still leads, and how far one must have applied to see all that was committed when it
  // was asked: answered with on_confirmed, never from inside of this call.
  virtual void confirm(uint64_t id) = 0;
  // To the state machine of another server. In order as long as the connection lives; may be lost.
  virtual void send(ServerId to, Buffer message, Urgency urgency) = 0;
  [[nodiscard]] virtual ServerId self() const = 0;
};

// As its owner sees it.
class RunningConsensus : public Consensus {
 public:
  // The engine's life: returns after close(), or with a failure of the disk that only an end helps.
  virtual Result<Done, StorageError> await_run(StateMachine& state) = 0;
  virtual void close() = 0;
  // The store has let go of history that is in a snapshot.
  virtual void purged() = 0;
};

}  // namespace weir
