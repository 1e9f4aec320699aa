// What Raft cores say to each other. An entry is its zxid here; whoever sends an AppendRequest or a
// SnapshotRequest adds the payloads or the snapshot of these names from its store.
#pragma once

#include <variant>
#include <vector>

#include "broker/coordination/consensus/server_id.h"
#include "model/types/zxid.h"

namespace weir {

// Thesis 3.4 (RequestVote), 9.6 (pre-vote). With `pre` the message's term is that of the election
// which would follow, and nobody's term changes.
struct VoteRequest {
  bool pre = false;
  Zxid last;          // of the candidate's log
  uint64_t life = 0;  // comes back in the reply: a vote is the life's that asked for it
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("pre", m.pre);
    v.field("last", m.last);
    v.field("life", m.life);
  }
};
struct VoteReply {
  bool pre = false;
  bool granted = false;
  uint64_t life = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("pre", m.pre);
    v.field("granted", m.granted);
    v.field("life", m.life);
  }
};

// Thesis 3.5 (AppendEntries); without entries a heartbeat.
struct AppendRequest {
  Zxid previous;              // the entry before the first of `entries`
  std::vector<Zxid> entries;  // consecutive in the leader's log
  Zxid committed;
  uint64_t round = 0;  // comes back in the reply: who has heard from this leader, and when
  bool tells = false;  // only what is committed: who has what comes before it need not reply
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("previous", m.previous);
    v.field("entries", m.entries);
    v.field("committed", m.committed);
    v.field("round", m.round);
    v.field("tells", m.tells);
  }
};
struct AppendReply {
  bool matched = false;
  Zxid match;    // matched: durable at the follower, and the same as the leader's, up to here
  Zxid refused;  // not matched: the request's `previous`, which the follower does not have
  Zxid hint;     // not matched: the last entry that it has before that
  uint64_t round = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("matched", m.matched);
    v.field("match", m.match);
    v.field("refused", m.refused);
    v.field("hint", m.hint);
    v.field("round", m.round);
  }
};

// Thesis 5.1 (InstallSnapshot); answered by an AppendReply.
struct SnapshotRequest {
  Zxid zxid;
  uint64_t round = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("zxid", m.zxid);
    v.field("round", m.round);
  }
};

// A server that was reinitialised asks all others for their terms (raft_core.h). Whatever the term
// of these two is, nobody's changes by them.
struct TermRequest {
  uint64_t life = 0;  // drawn anew at each start
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("life", m.life);
  }
};
struct TermReply {
  uint64_t life = 0;           // the request's
  bool reinitialised = false;  // it has forgotten what it knew, too
  bool leads = false;          // the message's term
  Zxid last;                   // of its log
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("life", m.life);
    v.field("reinitialised", m.reinitialised);
    v.field("leads", m.leads);
    v.field("last", m.last);
  }
};

struct RaftMessage {
  ServerId from;
  ServerId to;
  uint32_t term = 0;
  std::variant<VoteRequest, VoteReply, AppendRequest, AppendReply, SnapshotRequest, TermRequest,
               TermReply>
      body;
};

}  // namespace weir
