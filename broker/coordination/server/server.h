// CoordinationServer: one server of the ensemble, between its clients and the order of transactions.
//
//   frame ──┬─ read ──> waits for the session's earlier requests ──> own tree ──> answer
//           └─ write ──> the leader: Preparer ──> Consensus::propose ~~~> apply ──> watch events, then the answer
//
// What only the leader may decide is Asked of it (forwarding.h), of itself when this server leads. A server
// serves clients while it leads, or follows a leader that answers it and has applied what that one had when
// it came; else it closes their connections, for it may never hear what has become of their requests. They go
// to another server, and keep their sessions.
//
// Promises to a session, which are ZooKeeper's:
//   - its requests are answered in their order, and a read sees all its own earlier writes;
//   - an event of a watch leaves before any answer that shows the change;
//   - its ephemeral nodes go in the very transaction that closes it.
//
// No function here suspends: everything happens in on_frame, apply or the expiry fiber, each in one step, so
// that no state is ever half changed. At most `outstanding_limit` requests of `outstanding_bytes_limit` bytes are
// under way, writes that are not applied and reads that wait for their session's writes; the port is held while
// there are more. A connection ends that has no session for `stranger_patience` or too many watches.
//
// A write whose transaction would be longer than `max_txn_bytes` is answered with badArguments (an ACL of
// "auth" entries grows). The end of a session is written however many ephemeral nodes it takes along.
//
// A session is known by its password, 16 random bytes. A client that comes back with both takes its session
// over from the connection that had it. One that has seen a later zxid than this server has is sent away: it
// would travel back in time.
//
// The leader remembers through which server a session speaks; what still comes from elsewhere is answered with
// sessionMoved. It is told by its followers of whom they have heard, and a session expires when nothing was heard
// of it for its timeout. A leader that is new, or finds itself late by more than a tick (it was paused itself),
// gives every session its whole timeout again.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "broker/coordination/consensus/consensus.h"
#include "broker/coordination/server/client_port.h"
#include "broker/coordination/server/forwarding.h"
#include "broker/coordination/server/under_way.h"
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
  size_t outstanding_bytes_limit = 64 << 20;
  size_t watches_per_connection = 1'000'000;
  Duration stranger_patience = seconds(10);  // sessionlessCnxnTimeout
  size_t max_txn_bytes = 4 << 20;         // of what a client asked for
  Duration beat = milliseconds(200);      // of a follower: how often it speaks to its leader
  Duration patience = seconds(2);         // and how long it serves without an answer
  bool standalone = true;                 // what it says of itself
  ClientPortOptions port;
};

// What a server remembers: the tree and the sessions, as of `applied`.
struct CoordinationState {
  explicit CoordinationState(Duration tick) : sessions(tick) {}
  ZnodeTree tree;
  SessionTable sessions;
  Zxid applied;
  uint64_t applied_count = 0;  // since it was made, or restored

  // The one way in which it changes; also how recovery replays the log.
  Applied apply(Zxid zxid, const Txn& txn);
  // A transaction of consensus itself.
  void skip(Zxid zxid);
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
  void on_role(const RoleView& view) override;
  void on_message(ServerId from, ConstBytes message) override;
  void on_confirmed(uint64_t id, std::optional<Zxid> at) override;
  // The leader has sent a snapshot, and this is what it says. Not while this server leads.
  void replace(CoordinationState state);

 private:
  struct Request;
  struct Client;
  using Clients = std::map<uint64_t, std::unique_ptr<Client>>;
  // A connection that has no session yet, or no more.
  struct Stranger {
    TimePoint until;
    uint64_t connection = 0;
  };
  // What a leader knows beside the state, and forgets when it leads no longer.
  struct Leading {
    Leading(const ZnodeTree& tree, bool close_sees_pending) : preparer(tree, close_sees_pending) {}
    struct Follower {
      int64_t life = 0;
      int64_t next = 1;
      int64_t answers = 0;
    };
    struct Confirming {
      Asker asker;
      int64_t origin = 0;
    };
    Preparer preparer;
    std::map<ServerId, Follower> followers;
    std::map<SessionId, Asker> owners;
    std::map<uint64_t, Confirming> confirming;
    Zxid proposed;  // the last
  };
  struct Following {
    explicit Following(ServerId leader_in) : leader(leader_in) {}
    ServerId leader;
    int64_t life = 0;
    int64_t next = 1;
    TimePoint heard_at;
    int64_t answers = 0;
    std::optional<Zxid> serves_from;  // once the leader has answered
    std::set<SessionId> heard;        // since it was told last
  };

  void on_open(uint64_t connection, const Endpoint& peer) override;
  void on_frame(uint64_t connection, ConstBytes frame) override;
  std::string on_word(std::string_view word) override;
  void on_closed(uint64_t connection) override;

  void connect(Client& client, ConstBytes frame);
  void welcome(Client& client, SessionId session);
  void welcome_back(Client& client);
  // Its session has ended, or its password is another.
  void turn_away(Client& client);
  void authenticate(Client& client, ConstBytes body);
  [[nodiscard]] bool serves() const;
  // Asks the leader what it has to be asked of the client's requests.
  void submit(Client& client);
  void ask(Client& client, Asked asked);

  // deciding.cc: the leader.
  void decide(const Asker& asker, const Asked& asked);
  void decide_write(const Asker& asker, const Asked& asked);
  void decide_open(const Asker& asker, const Asked& asked);
  void decide_take_up(const Asker& asker, const Asked& asked);
  std::optional<Zxid> propose_txn(Txn txn);
  void settle_for(const Asker& asker, const Settled& settled);
  void answer(ServerId to, Leading::Follower& follower, std::vector<Settled> settled, Urgency urgency);
  void on_forward(ServerId from, const Forward& forward);

  // following.cc: the follower, and changes of role.
  void begin_life();
  void forward(std::vector<Asked> asked = {});
  void beat();
  void on_answer(ServerId from, const ForwardAnswer& answer);
  // Now, or once this server has applied what it says.
  void settle(const Settled& settled);
  void settle_what_is_applied();
  void forget_clients(std::string_view why);

  void heard_of(SessionId session);
  void expire(TimePoint now);
  void expect_to_go(uint64_t connection);
  void drop_strangers(TimePoint now);
  // Holds the port when too much is under way, and lets go of it when half of that is done.
  void hold_or_release();
  // Nothing more is done for it.
  void leave(Client& client);
  void finish(Client& client, const Txn& txn, Zxid zxid, const Applied& applied);
  void drain(Client& client);
  void answer_at_once(Client& client, const Request& request);
  // Of a planted bug: watches are armed behind the next transaction that is applied, not with their reads.
  void answer_unarmed(Client& client, const Request& request);
  void arm_late();
  void reply(const Client& client, int32_t xid, Zxid zxid, ZkError error, ConstBytes body = {});
  void tell(const ZnodeEvent& event);
  void tell(uint64_t connection, const ZnodeEvent& event);
  void refuse(Client& client, std::string_view why);
  [[nodiscard]] std::string_view mode() const;
  [[nodiscard]] std::string statistics() const;
  [[nodiscard]] std::string monitor() const;
  [[nodiscard]] std::string connection_lines() const;

  Env& env_;
  const CoordinationOptions options_;
  CoordinationState& state_;
  Consensus& consensus_;
  RoleView view_;
  std::optional<Leading> leading_;
  std::optional<Following> following_;
  uint64_t next_confirm_ = 1;
  WatchTable watches_;
  std::vector<std::pair<uint64_t, Request>> late_;  // by connection; empty unless a bug is planted
  ClientPort port_;
  Clients clients_;
  std::map<SessionId, uint64_t> by_session_;   // the connection that has it
  UnderWay under_way_;
  std::deque<Stranger> strangers_;             // in the order in which their time ends
  std::multimap<Zxid, Settled> unsettled_;     // until that zxid is applied
  int64_t next_origin_;
  bool closed_ = false;
  WaitList expiry_;
};

}  // namespace weir
