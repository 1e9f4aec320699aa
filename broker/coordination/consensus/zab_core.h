// ZabCore: Zab, ZooKeeper's atomic broadcast, as a pure state machine. It has the shape of RaftCore
// (told: tick, receive, written, propose, read, compact; answers with what is to be done), so that
// one driver runs either. Sources: Junqueira, Reed, Serafini, "Zab: High-performance broadcast for
// primary-backup systems" (2011); Medeiros, "ZooKeeper's atomic broadcast protocol" (2012); and
// what ZooKeeper does today.
//
// A history is a log of entries named by zxid: the epoch of the leader that made it, and its
// ordinal there, from 1. The first of an epoch is always a no-op. A server keeps two numbers
// besides:
//
//   accepted_epoch  promised: it takes nothing any more from leaders of earlier epochs
//   current_epoch   taken part in: its history is that of this epoch's leader, durably, and perhaps
//                   entries of the epoch behind it
//
// Histories compare by (current_epoch, last zxid). Four phases:
//
//   0 election         fast_leader_election.h: whom to follow. Only a proposal.
//   1 discovery        A follower says what it has promised. From a quorum the leader makes a new
//                      epoch, asks all to promise it, and learns with the promises what they have.
//                      Once a quorum has promised, earlier epochs commit nothing any more. Whose
//                      history is later than the leader's makes it give up: its own is thus the
//                      latest of a quorum, and holds all that was ever committed.
//   2 synchronisation  Each follower's log becomes the leader's: DIFF (the rest is sent), TRUNC
//                      (what the leader has not got is cut off, then the rest), SNAP (the common
//                      part is compacted: a snapshot, then the rest). Then NEWLEADER: the follower
//                      waits until all of it is durable, saves current_epoch, acks. When a quorum
//                      has, the leader's history is committed and the epoch established.
//   3 broadcast        UPTODATE to those; entries are proposed in order, acked once durable,
//                      committed in order by a quorum.
//
// The order "history durable, then current_epoch, then the ack" is the whole of it: current_epoch
// decides the next election before any zxid does. ZooKeeper has had it otherwise: the epoch saved
// before the data (ZOOKEEPER-2832, 3911, 4643), NEWLEADER acked before what was synchronised was on
// disk (4646). What is waited for here is the number of the last write, not a zxid: so a cut, or a
// snapshot in the log's place, is waited for like an entry.
// Raft's figure 8 (an entry at a majority that a later leader overwrites) has no place here: old
// entries are committed together with the epoch that a quorum then has as its current one.
//
// No seam. Whoever joins while entries are proposed gets them, the uncommitted too, from one cursor
// that walks the leader's log, through synchronisation and broadcast alike: there is no queue of
// "later" ones that could overlap the sync or miss it. NEWLEADER is put behind the entry that was
// the last one when the way of synchronisation was chosen. Acks move the cursor's window from the
// first; they count for commits only after NEWLEADER's, for before it the follower would lose an
// election to those who never had the entries.
//
// Links (zab_message.h): a gap ends one, and the follower asks the same leader for another, without
// an election; the leader finds by DIFF what is missing. Who sends may leave out the last entries
// of a message, whose payloads are too large or gone: NEWLEADER and pings say how far the log went,
// and a follower that has less asks anew, too.
//
// A worked example, three servers A B C, `*` is committed, a/c the two epochs:
//
//   C leads epoch 1        A: (1,1)* (1,2)*   B: (1,1)* (1,2)   C: (1,1)* (1,2)* (1,3)   all 1/1
//   C is cut off           it hears no quorum and goes back to looking; so do A and B, without C
//   A and B look           A votes A (1,(1,2)), B votes B (1,(1,2)): B is better, both settle on it
//   B leads: discovery     A: "I have promised 1". 2 is new: B saves 2/1, A saves 2/1 and tells
//                          (1, ends (1,2)), not later than B's
//   synchronisation        DIFF, nothing is missing. NEWLEADER; A saves 2/2, acks; B has saved 2/2:
//                          a quorum. (1,2) is committed
//   broadcast              B: (1,1)* (1,2)* (2,1)      the no-op; A the same: committed
//   C is back, still 1/1   it looks: A says "B leads", B says "I lead". C promises 2, tells ends
//                          (1,3). B's last at or before (1,3) is (1,2): TRUNC to it, then (2,1)
//   C: (1,1)* (1,2)* (2,1)*  2/2, once (1,3) is cut off and (2,1) there on its disk
//
// Reads: read() is answered when a quorum has answered the leader since it was asked, none of which
// had promised a later epoch then. ZooKeeper's `sync` is weaker: a leader that has been replaced
// and does not know yet answers at once, from its own queue.
//
// A server that has lost its disk and comes back under its id is reinitialised (raft_core.h says
// who knows, and why it matters). ZooKeeper leaves its vote out of the election (ZOOKEEPER-261);
// safety is not in the election, so here:
//
//   a  It is deaf and silent, but asks everybody for the epoch that they have promised, with a
//      number drawn for this life. When all have answered it has promised the greatest.
//   b  It follows whoever leads already, and is synchronised as any other, but neither leads nor
//      does its promise make a leader. It has a voice again with the epoch that it joins: in the
//      same write as current_epoch, durably, and before its NEWLEADER is acked.
//
//   Of a: a leader that it promised an epoch had that one durably before it asked for the promise.
//   Of b: let E be committed by leader L with an ack of its earlier life. It had E from L, so it
//   has E when it joins L's epoch (a new link is synchronised up to all that L has). The leader of
//   a later epoch has E: the quorum that promised, in which this server does not count, has
//   somebody who acked E. And none of an earlier epoch is followed, after a. Having joined it is
//   as good as any who has: its acks count from there on, and its history compares by the epoch.
//   How many may be reinitialised at a time, and what their answers are worth: raft_core.h.
//   A promise that an earlier life asked for makes no leader of this one (ZabLeaderInfo::life).
//
// Who drives it does what raft_core.h says, in that order: saves, writes, sends, tells written(n).
// Safety holds whatever the network does, and with servers that lose all that is not durable.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string_view>

#include "broker/coordination/consensus/fast_leader_election.h"
#include "broker/coordination/consensus/core_types.h"
#include "broker/coordination/consensus/raft_log.h"
#include "broker/coordination/consensus/zab_message.h"
#include "broker/coordination/consensus/zab_rules.h"
#include "sim/base/time.h"

namespace weir {

// What must be durable before a message that depends on it leaves.
struct ZabHardState {
  uint32_t accepted_epoch = 0;
  uint32_t current_epoch = 0;
  bool reinitialised = false;
  friend bool operator==(const ZabHardState&, const ZabHardState&) = default;
};

enum class ZabPhase : uint8_t { election, discovery, synchronisation, broadcast };
[[nodiscard]] std::string_view text_of(ZabPhase phase);

struct PhaseChange {
  ZabPhase phase = ZabPhase::election;
  uint32_t epoch = 0;          // promised
  std::optional<SyncWay> way;  // synchronisation, at a follower
};

// `role` is the leader's when broadcast begins, the follower's with its leader at UPTODATE, and
// without one when it looks; its `term` is the epoch.
struct ZabEffects : CoreEffects<ZabHardState, ZabMessage> {
  std::vector<PhaseChange> phases;  // for the trace; several where nothing was waited for
};
using ZabOptions = CoreOptions;  // the heartbeat is the election's, too: resend, wait for better
using ZabSaved = CoreSaved<ZabHardState>;

class ZabCore {
 public:
  ZabCore(ZabOptions options, const ZabSaved& saved, Moment moment, ZabRules rules = {});

  // At deadline() or later; harmless before.
  ZabEffects tick(Moment moment);
  ZabEffects receive(const ZabMessage& message, Moment moment);
  // All writes up to this number are durable.
  ZabEffects written(uint64_t write, Moment moment);
  // The leader appends `count` entries: `append` has their names. Empty: not the leader.
  ZabEffects propose(size_t count, Moment moment, Sending sending = Sending::now);
  // Sends what is proposed and not yet sent; harmless where there is nothing.
  ZabEffects flush(Moment moment);
  // Answered in `reads`, at once or later, as soon as a quorum has heard from this leader after
  // now.
  ZabEffects read(uint64_t id, Moment moment);
  // Entries up to `base` are gone from the store; the newest snapshot is of `snapshot` >= base.
  void compact(Zxid base, Zxid snapshot);

  [[nodiscard]] TimePoint deadline() const;
  // leader or follower, as last put out.
  [[nodiscard]] RaftRole role() const { return reported_.role; }
  [[nodiscard]] std::optional<ServerId> leader() const { return reported_.leader; }
  [[nodiscard]] uint32_t term() const { return hard_.accepted_epoch; }
  [[nodiscard]] uint32_t current_epoch() const { return hard_.current_epoch; }
  [[nodiscard]] ZabPhase phase() const { return phase_; }
  [[nodiscard]] Zxid committed() const { return committed_; }
  [[nodiscard]] Zxid synced() const { return synced_; }
  [[nodiscard]] const RaftLog& log() const { return log_; }

 private:
  struct Link {
    uint64_t id = 0;  // 0: none
    uint64_t sent = 0;
    uint64_t received = 0;
  };
  enum class Turn : uint8_t { next, past, gap };
  enum class Flow : uint8_t {
    discovery,  // it has not promised yet
    promised,   // and waits for others to do so
    snapshot,   // on its way
    entries,    // `sent` walks the log
  };
  // A leader's, of each follower with a link.
  struct Peer {
    Link link;
    uint32_t accepted_epoch = 0;  // before it promised this leader's
    bool reinitialised = false;
    std::vector<Zxid> ends;
    Flow flow = Flow::discovery;
    Zxid match;      // acked
    Zxid sent;       // the cursor
    Zxid last_from;  // where it stood before the last message with entries
    Zxid target;     // NEWLEADER stands behind it
    bool new_leader_sent = false;
    bool joined = false;  // has acked it
    Zxid committed_told;
    TimePoint heard;
    TimePoint retry;  // of the snapshot
    uint64_t round = 0;
  };
  struct Heard {
    uint32_t epoch = 0;
    bool reinitialised = false;
  };
  struct Write {
    uint64_t number = 0;
    Zxid last;  // of the log behind it
  };
  struct WaitingRead {
    uint64_t id = 0;
    uint64_t round = 0;
  };
  using Body = decltype(ZabMessage::body);

  // Phase 0 (zab_core.cc).
  void look();
  void start_election();
  void run_election();
  void lead();
  void send_notification(ServerId to);

  // Links.
  void open_link();
  void ask_leader();
  void send(ServerId to, Link& link, Body body);
  void send_to_leader(Body body) { send(leader_, link_, std::move(body)); }
  Turn take_turn(Link& link, const ZabMessage& message) const;
  // False when the message is of no link of ours, or not its turn.
  bool admit(const ZabMessage& message);
  bool admit_follower(const ZabMessage& message);
  bool admit_leader(const ZabMessage& message);
  void close(ServerId to, uint64_t link);
  void end_link(ServerId to, Peer& peer);

  // One kind of message each, after admit().
  void on(const ZabNotification& notification, const ZabMessage& message);
  void on(const ZabFollowerInfo& info, const ZabMessage& message);
  void on(const ZabLeaderInfo& info, const ZabMessage& message);
  void on(const ZabAckEpoch& ack, const ZabMessage& message);
  void on(const ZabSync& sync, const ZabMessage& message);
  void on(const ZabSnapshot& snapshot, const ZabMessage& message);
  void on(const ZabNewLeader& new_leader, const ZabMessage& message);
  void on(const ZabAckNewLeader& ack, const ZabMessage& message);
  void on(const ZabUpToDate& up_to_date, const ZabMessage& message);
  void on(const ZabProposals& proposals, const ZabMessage& message);
  void on(const ZabAck& ack, const ZabMessage& message);
  void on(const ZabCommit& commit, const ZabMessage& message);
  void on(const ZabPing& ping, const ZabMessage& message);
  void on(const ZabPong& pong, const ZabMessage& message);
  void on(const ZabClosed& closed, const ZabMessage& message);
  void on(const ZabEpochRequest& request, const ZabMessage& message);
  void on(const ZabEpochReply& reply, const ZabMessage& message);

  // A server that was reinitialised (zab_reinitialised.cc).
  void ask_epochs();
  void hear_epochs();
  [[nodiscard]] bool is_deaf() const { return hard_.reinitialised && !epochs_heard_; }

  // Phase 1 (zab_discovery.cc).
  void choose_epoch();
  void count_promises();

  // Phase 2 (zab_sync.cc).
  void begin_synchronisation();
  void synchronise(ServerId to, Peer& peer);
  void send_snapshot(ServerId to, Peer& peer);
  void await_history();  // writes so far durable: the epoch becomes the current one
  void join_epoch();
  void establish();
  void welcome(ServerId to, Peer& peer);

  // Phase 3 (zab_broadcast.cc).
  void append_own(size_t count);
  void send_entries(ServerId to, Peer& peer);
  void send_commit(ServerId to, Peer& peer);
  void send_to_all();
  void ping_all();
  void acknowledge();
  void advance_commit();
  void answer_reads();
  void refuse_reads();
  [[nodiscard]] Zxid match_of_quorum() const;
  void check_quorum();

  void note_write();
  void set_committed(Zxid zxid);
  void set_phase(ZabPhase phase, std::optional<SyncWay> way = std::nullopt);
  void set_role(RaftRole role, std::optional<ServerId> leader);
  void save_hard_state();
  [[nodiscard]] bool is_server(ServerId id) const;
  [[nodiscard]] bool is_ours(Zxid zxid) const { return zxid < log_.base() || log_.contains(zxid); }
  [[nodiscard]] size_t quorum() const { return options_.servers.size() / 2 + 1; }
  [[nodiscard]] bool rules_hold() const { return is_safe(rules_); }
  ZabEffects take();

  const ZabOptions options_;
  const ZabRules rules_;
  const uint64_t life_;
  Moment moment_;
  ZabEffects out_;

  ZabState state_ = ZabState::looking;
  ZabPhase phase_ = ZabPhase::election;
  RoleChange reported_;
  ZabHardState hard_;
  LeaderElection election_;

  RaftLog log_;
  Zxid snapshot_;
  Zxid synced_;     // durable here, in log_
  Zxid committed_;  // in log_
  uint64_t last_write_ = 0;
  uint64_t durable_write_ = 0;
  std::deque<Write> writes_;             // not yet durable
  std::optional<uint64_t> joins_after_;  // current_epoch is saved once this write is durable

  // Reinitialised.
  std::map<ServerId, Heard> heard_;
  bool epochs_heard_ = false;
  TimePoint ask_epochs_at_;

  // Follower.
  ServerId leader_;
  Link link_;
  uint64_t links_ = 0;        // opened
  bool has_history_ = false;  // in this link: the log is a prefix of the leader's
  TimePoint leader_heard_;
  TimePoint ask_again_;

  // Leader.
  std::map<ServerId, Peer> peers_;
  bool epoch_chosen_ = false;
  bool joined_ = false;  // itself
  TimePoint heartbeat_deadline_;
  TimePoint quorum_deadline_;
  uint64_t round_ = 0;
  std::deque<WaitingRead> reads_;
};

}  // namespace weir
