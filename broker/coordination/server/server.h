// CoordinationServer: one server of the ensemble, between its clients and the order of transactions.
//
//   frame ──┬─ read ──> waits for the session's earlier requests ──> own tree ──> answer
//           └─ write ──> Preparer ──> Consensus::propose ~~~> apply ──> watch events, then the answer
//
// Promises to a session, which are ZooKeeper's:
//   - its requests are answered in their order, and a read sees all its own earlier writes;
//   - an event of a watch leaves before any answer that shows the change;
//   - its ephemeral nodes go in the very transaction that closes it.
//
// No function here suspends: everything happens in on_frame, apply or the expiry fiber, each in one step, so
// that no state is ever half changed. At most `outstanding_limit` requests are under way, writes that are not
// applied and reads that wait for their session's writes; the port is held while there are more.
//
// A write whose transaction would be longer than `max_txn_bytes` is answered with badArguments (an ACL of
// "auth" entries grows). The end of a session is written however many ephemeral nodes it takes along.
//
// A session is known by its password, 16 random bytes. A client that comes back with both takes its session
// over from the connection that had it. One that has seen a later zxid than this server has is sent away: it
// would travel back in time.
//
// A session expires when nothing was heard of it for its timeout. A server that finds itself late by more than
// a tick was paused itself, and gives every session its whole timeout again.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "broker/coordination/consensus/consensus.h"
#include "broker/coordination/server/client_port.h"
#include "broker/coordination/znode/preparer.h"
#include "broker/coordination/znode/session_table.h"
#include "broker/coordination/znode/tree.h"
#include "broker/coordination/znode/watch_table.h"
#include "sim/env/env.h"
#include "sim/fiber/wait.h"

namespace weir {

struct CoordinationOptions {
  Duration tick = seconds(2);             // tickTime
  Duration min_session_timeout = seconds(4);
  Duration max_session_timeout = seconds(40);
  uint32_t outstanding_limit = 1000;      // globalOutstandingLimit
  size_t max_txn_bytes = 4 << 20;         // of what a client asked for
  ClientPortOptions port;
};

// What a server remembers: the tree and the sessions, as of `applied`.
struct CoordinationState {
  explicit CoordinationState(Duration tick) : sessions(tick) {}
  ZnodeTree tree;
  SessionTable sessions;
  Zxid applied;

  // The one way in which it changes; also how recovery replays the log.
  Applied apply(Zxid zxid, const Txn& txn);
};

class CoordinationServer final : public FrameSink, public StateMachine {
 public:
  // `state`, `consensus` live as long as the server.
  CoordinationServer(Env& env, const CoordinationOptions& options, CoordinationState& state,
                     Consensus& consensus);
  ~CoordinationServer() override;

  void add(std::unique_ptr<DetachedConnection> socket) { port_.add(std::move(socket)); }
  // Fibers of the server; each returns after close().
  void await_serve_clients() { port_.await_run(); }
  void await_expire_sessions();
  void close();

  void apply(Zxid zxid, ConstBytes payload) override;

 private:
  struct Request;
  struct Client;
  using Clients = std::map<uint64_t, std::unique_ptr<Client>>;

  void on_open(uint64_t connection, const Endpoint& peer) override;
  void on_frame(uint64_t connection, ConstBytes frame) override;
  std::string on_word(std::string_view word) override;
  void on_closed(uint64_t connection) override;

  void connect(Client& client, ConstBytes frame);
  void welcome(Client& client, SessionId session);
  void authenticate(Client& client, ConstBytes body);
  void propose(Client& client, Request& request);
  bool propose_txn(Txn txn);
  // Holds the port when too much is under way, and lets go of it when half of that is done.
  void hold_or_release();
  // Nothing more is done for it.
  void leave(Client& client);
  void finish(Client& client, const Txn& txn, Zxid zxid, const Applied& applied);
  void drain(Client& client);
  void answer_at_once(Client& client, const Request& request);
  void reply(const Client& client, int32_t xid, Zxid zxid, ZkError error, ConstBytes body = {});
  void tell(const ZnodeEvent& event);
  void tell(uint64_t connection, const ZnodeEvent& event);
  void refuse(Client& client, std::string_view why);
  [[nodiscard]] std::string statistics() const;
  [[nodiscard]] std::string monitor() const;
  [[nodiscard]] std::string connection_lines() const;

  Env& env_;
  const CoordinationOptions options_;
  CoordinationState& state_;
  Consensus& consensus_;
  Preparer preparer_;
  WatchTable watches_;
  ClientPort port_;
  Clients clients_;
  std::map<SessionId, uint64_t> by_session_;   // the connection that has it
  std::map<int64_t, uint64_t> by_origin_;      // of what was proposed: who waits for it
  int64_t next_origin_;
  uint32_t outstanding_ = 0;  // transactions that are proposed and not applied
  size_t waiting_ = 0;        // requests that wait for a write of their session
  bool closed_ = false;
  WaitList expiry_;
};

}  // namespace weir
