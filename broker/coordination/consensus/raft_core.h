// RaftCore: the Raft consensus algorithm as a pure state machine.
//
// No clock, no disk, no network, no fiber: what happens is told (tick, receive, written, propose,
// read, compact), and the answer is a value that says what is now to be done (RaftEffects). Source:
// Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), and Ongaro's
// thesis for pre-vote (9.6), check-quorum (6.2), read index (6.4) and snapshots (5).
//
// Names of entries. An entry is its zxid (model/types/zxid.h): the term of the leader that made it,
// and its ordinal among that leader's entries, from 1. The first is always a no-op: until an entry
// of its own term is committed a leader does not know what is.
//   - None is used twice. A term has one leader (votes are durable before they are sent, and two
//     majorities share a server), a leader counts up, and one that restarts leads only in a later
//     term.
//   - They stand for index and term. Let b be the length of the log of term T's leader when it
//     began; its entry (T,c) has index b + c there, and wherever else it is, for logs that share an
//     entry share all before it. So (T,c) and (index b + c, term T) name the same entries.
//   - They compare as logs do. "Later last term, then longer log" is the order of the last zxids;
//     and along one log zxids ascend, so the majority's zxid is the majority's index.
//
// A worked example, three servers A B C, `*` is committed:
//
//   A leads term 1         A: (1,1)* (1,2)* (1,3)      B: (1,1)* (1,2)*     C: (1,1) (1,2)
//   A is cut off and goes  A: (1,1)* (1,2)* (1,3) (1,4)      neither has left A
//     on appending, until check-quorum makes it step down
//   B's patience ends      pre-vote: "would you elect me in 2, my log ends with (1,2)?" C has heard
//     nothing from A for a while and says yes. B saves term 2 and its own vote, asks again, wins
//   B leads term 2         B: (1,1)* (1,2)* (2,1)      C: the same; durable at both: committed
//   A is back              B asks "(2,2) follows (2,1)": A has not got (2,1). Its hint is the last
//                          entry that it has before it, (1,4). B's last at or before (1,4) is (1,2):
//                          that is in both. (1,3) (1,4) are cut off, (2,1) (2,2) take their place
//   A: (1,1)* (1,2)* (2,1)* (2,2)
//
// Who drives it does, for each RaftEffects and in this order:
//
//   1  saves `hard_state`, durably; no sooner is `committed` true
//   2  installs `install`, truncates, appends; these carry the number `write`
//   3  sends `messages` (a leader's entries travel while its own disk is busy)
//   4  tells written(n) once all writes up to n are durable. Acks to a leader come out of that call
//
// A server that has lost its disk and comes back under its id (ZOOKEEPER-261) has forgotten what it
// voted and acked: with it a second leader of a term could be elected, or one without what is
// committed. Who starts it knows, and says so (RaftHardState::reinitialised, durable until then):
//
//   a  It says nothing and believes nothing, but asks everybody for their term, with a number that
//      is drawn for this life: an old answer does not count. When all have answered it takes the
//      greatest, as one in which it has voted. From here on it follows and acks as any other.
//   b  It neither votes nor campaigns before its log has, durably, what the leader's log had when
//      that answered in this life.
//
//   Of a: whom it voted for had that term durably before asking for the vote, so the greatest is no
//   less than any term that it voted in. Acks before that would already be wrong: it may have
//   elected the leader of a later term.
//   Of b: let E be committed by leader L with an ack of its earlier life. It had E from L, so L's
//   log had E when L answered this life. A leader of a later term has E from its election on: the
//   majority that elected it, for which this server does not count, shares another with the one
//   that acked E. One of an earlier term than L's is not followed, after a. What the leader had
//   committed would not be enough: a new leader does not know yet what is.
//   The leader, when it is asked by a life that it does not know, forgets what this server acked:
//   else it would never send that again. What an earlier life says late is known by its round.
//   Those that were reinitialised themselves answer so, and their terms say nothing. That is
//   enough as long as they are a minority at any one time, this one among them: of each majority
//   one is left that remembers. When there are more, all of them wait for ever: there is nobody to ask.
//   A vote that an earlier life asked for is not this one's (VoteRequest::life): it was given for
//   another log.
//
// Safety holds with messages lost, doubled, reordered and late, and with servers that lose
// everything not durable. Timeouts matter for progress only, but for the promise of check-quorum
// and pre-vote that a leader who hears from a majority is not disturbed.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "broker/coordination/consensus/core_types.h"
#include "broker/coordination/consensus/raft_log.h"
#include "broker/coordination/consensus/raft_message.h"
#include "broker/coordination/consensus/raft_rules.h"
#include "sim/base/time.h"

namespace weir {

// What must be durable before a message that depends on it leaves.
struct RaftHardState {
  uint32_t term = 0;
  std::optional<ServerId> voted_for;
  bool reinitialised = false;
  friend bool operator==(const RaftHardState&, const RaftHardState&) = default;
};

using RaftOptions = CoreOptions;  // the election timeout is drawn from [1, 2) times what they say
using RaftSaved = CoreSaved<RaftHardState>;
using RaftEffects = CoreEffects<RaftHardState, RaftMessage>;

class RaftCore {
 public:
  RaftCore(RaftOptions options, const RaftSaved& saved, Moment moment, RaftRules rules = {});

  // At deadline() or later; harmless before.
  RaftEffects tick(Moment moment);
  RaftEffects receive(const RaftMessage& message, Moment moment);
  // All writes up to this number are durable.
  RaftEffects written(uint64_t write, Moment moment);
  // The leader appends `count` entries: `append` has their names. Empty: not the leader.
  RaftEffects propose(size_t count, Moment moment, Sending sending = Sending::now);
  // Sends what is proposed and not yet sent; harmless where there is nothing.
  RaftEffects flush(Moment moment);
  // Answered in `reads`, at once or later, as soon as a majority has heard from this leader after
  // now.
  RaftEffects read(uint64_t id, Moment moment);
  // Entries up to `base` are gone from the store; the newest snapshot is of `snapshot` >= base.
  void compact(Zxid base, Zxid snapshot);

  [[nodiscard]] TimePoint deadline() const;
  [[nodiscard]] ServerId self() const { return options_.self; }
  [[nodiscard]] RaftRole role() const { return role_; }
  [[nodiscard]] uint32_t term() const { return hard_.term; }
  [[nodiscard]] std::optional<ServerId> leader() const { return leader_; }
  [[nodiscard]] Zxid committed() const { return committed_; }
  [[nodiscard]] Zxid synced() const { return synced_; }
  [[nodiscard]] const RaftLog& log() const { return log_; }

 private:
  enum class Flow : uint8_t {
    probing,      // where its log agrees with ours is not known: one question at a time
    replicating,  // entries are sent ahead of its acks
    snapshot,     // it needs entries that are gone; a snapshot is on its way
  };
  struct Peer {
    Flow flow = Flow::probing;
    Zxid match;      // acked
    Zxid sent;       // sent, or asked about
    Zxid last_from;  // what was sent before the last message with entries
    TimePoint heard;
    TimePoint retry;  // of the snapshot
    uint64_t round = 0;
    uint64_t first_round = 0;  // what it says in answer to earlier rounds is an earlier life's
  };
  struct Heard {
    uint32_t term = 0;
    bool reinitialised = false;
  };
  struct Target {
    uint32_t term = 0;
    Zxid last;
  };
  struct Write {
    uint64_t number = 0;
    Zxid last;  // of the log behind it
  };
  struct WaitingRead {
    uint64_t id = 0;
    uint64_t round = 0;
  };

  // Roles.
  void become_follower(uint32_t term, std::optional<ServerId> leader);
  void campaign(bool pre);
  void become_leader();
  void set_role(RaftRole role, std::optional<ServerId> leader);
  void save_hard_state();
  void restart_election_timer();
  [[nodiscard]] bool leader_is_alive() const;
  void check_quorum();

  // One kind of message each. `term` is the message's, `from` its sender.
  void on(const VoteRequest& request, ServerId from, uint32_t term);
  void on(const VoteReply& reply, ServerId from, uint32_t term);
  void on(const AppendRequest& request, ServerId from, uint32_t term);
  void on(const AppendReply& reply, ServerId from, uint32_t term);
  void on(const SnapshotRequest& request, ServerId from, uint32_t term);
  void on(const TermRequest& request, ServerId from, uint32_t term);
  void on(const TermReply& reply, ServerId from, uint32_t term);
  // False when the message is answered or ignored because of its term.
  bool admit(const RaftMessage& message);
  void hear_leader(ServerId from);

  // Follower.
  void take_entries(const AppendRequest& request);
  void acknowledge(uint64_t round);

  // Leader.
  // What is said to a peer that needs no entries.
  enum class Besides : uint8_t { nothing, commit, heartbeat };
  void send_entries(ServerId to, Peer& peer, Besides besides);
  void send_snapshot(ServerId to, Peer& peer);
  void broadcast(Besides besides);
  void append_own(size_t count);
  void advance_commit();
  void answer_reads();
  void refuse_reads();
  [[nodiscard]] Zxid match_of_majority() const;

  // A server that was reinitialised (raft_reinitialised.cc).
  void tick_reinitialised();
  void hear_terms();
  void end_reinitialised();
  [[nodiscard]] bool is_deaf() const { return hard_.reinitialised && !terms_heard_; }

  void note_write();
  [[nodiscard]] Zxid agreed() const { return std::max(agreed_, committed_); }
  void set_committed(Zxid zxid);
  void send(ServerId to, uint32_t term, decltype(RaftMessage::body) body);
  [[nodiscard]] size_t majority() const;
  [[nodiscard]] bool rules_hold() const { return is_safe(rules_); }
  RaftEffects take();

  const RaftOptions options_;
  const RaftRules rules_;
  const uint64_t life_;
  Moment moment_;
  RaftEffects out_;

  RaftRole role_ = RaftRole::follower;
  RaftHardState hard_;
  std::optional<ServerId> leader_;
  TimePoint leader_heard_;
  TimePoint election_deadline_;
  std::map<ServerId, bool> votes_;  // of the election under way

  RaftLog log_;
  Zxid snapshot_;
  Zxid synced_;              // durable here, in log_
  Zxid committed_;           // in log_
  Zxid agreed_;              // follower: the same as the leader's up to here, in log_
  uint64_t last_round_ = 0;  // follower: of the leader's latest request
  uint64_t last_write_ = 0;
  std::deque<Write> writes_;  // not yet durable

  // Reinitialised.
  std::map<ServerId, Heard> heard_;
  bool terms_heard_ = false;
  std::optional<Target> target_;
  TimePoint ask_deadline_;

  std::map<ServerId, uint64_t> lives_;  // of those that have asked for our term
  std::map<ServerId, Peer> peers_;      // leader: all others
  TimePoint heartbeat_deadline_;
  TimePoint quorum_deadline_;
  uint64_t round_ = 0;
  std::deque<WaitingRead> reads_;
};

}  // namespace weir
