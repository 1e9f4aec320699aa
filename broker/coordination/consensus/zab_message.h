// What Zab cores say to each other. An entry is its zxid here; whoever sends a ZabProposals or a
// ZabSnapshot adds the payloads or the snapshot of these names from its store.
//
// Zab wants channels that lose and reorder nothing. A follower and its leader make themselves one,
// a link: `link` is an id that the follower draws, and each side numbers what it says from 1. What
// has come before is dropped; where a number is missing the link is at its end, and the follower
// asks for another. Some messages have no number of their own (is_numbered below): a ping or a pong
// carries the last one given, so that a loss at the end of the stream is noticed, too.
#pragma once

#include <variant>
#include <vector>

#include "broker/coordination/consensus/raft_message.h"
#include "model/types/zxid.h"

namespace weir {

// Whose history is proposed to be everybody's. They compare as histories do: by the epoch that the
// server took part in, then by the last entry; the id decides between equals.
struct ZabVote {
  uint32_t epoch = 0;  // current_epoch of `leader`
  Zxid last;           // of its log
  ServerId leader;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("epoch", m.epoch);
    v.field("last", m.last);
    v.field("leader", m.leader);
  }
  friend auto operator<=>(const ZabVote&, const ZabVote&) = default;
};

enum class ZabState : uint8_t { looking, following, leading };

// Phase 0, to everybody: a server that looks says what it votes for; one that does not answers with
// its leader. No link.
struct ZabNotification {
  ZabState state = ZabState::looking;
  uint64_t round = 0;  // of the election; votes of different rounds are not counted together
  ZabVote vote;        // not looking: only `leader` counts
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("state", m.state);
    v.field("round", m.round);
    v.field("vote", m.vote);
  }
};

// Phase 1. The first message of a link: "I would follow you"; ZabMessage::epoch says what is
// promised already. Said again until it is answered.
struct ZabFollowerInfo {
  bool reinitialised = false;  // its promise does not count
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("reinitialised", m.reinitialised);
  }
};
// "Promise me ZabMessage::epoch": a new one.
struct ZabLeaderInfo {
  uint64_t life = 0;  // comes back with the promise: it is made to the life that asked for it
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("life", m.life);
  }
};
// "Promised", durably. `ends`: the base of the follower's log and the last entry of each epoch in
// it, ascending; its log ends with the last of them (RaftLog::ends).
struct ZabAckEpoch {
  uint32_t current_epoch = 0;
  std::vector<Zxid> ends;
  uint64_t life = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("current_epoch", m.current_epoch);
    v.field("ends", m.ends);
    v.field("life", m.life);
  }
};

// Phase 2. Entries follow behind `from`: which is where the follower's log ends, or is to end.
enum class SyncWay : uint8_t { diff, trunc, snap };
struct ZabSync {
  SyncWay way = SyncWay::diff;  // never snap: that is a ZabSnapshot
  Zxid from;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("way", m.way);
    v.field("from", m.from);
  }
};
// Takes the place of the follower's log; answered by a ZabAck once it is durable. It may travel on
// a connection of its own, and overtake or be overtaken.
struct ZabSnapshot {
  Zxid zxid;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("zxid", m.zxid);
  }
};
// "You have my history", which ends with `last` or goes on behind it: with that the epoch begins.
struct ZabNewLeader {
  Zxid last;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("last", m.last);
  }
};
// The follower's log is the leader's up to `zxid`, durable, and its current_epoch is this epoch.
struct ZabAckNewLeader {
  Zxid zxid;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("zxid", m.zxid);
  }
};
// The follower is one of the epoch's, and may serve.
struct ZabUpToDate {
  Zxid committed;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("committed", m.committed);
  }
};

// Phases 2 and 3.
struct ZabProposals {
  Zxid previous;              // the entry before the first of `entries`
  std::vector<Zxid> entries;  // consecutive in the leader's log; the last may be left out
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("previous", m.previous);
    v.field("entries", m.entries);
  }
};
// Durable at the follower up to here.
struct ZabAck {
  Zxid zxid;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("zxid", m.zxid);
  }
};

// Phase 3.
struct ZabCommit {
  Zxid zxid;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("zxid", m.zxid);
  }
};

// In all phases of a link. `round` comes back: who has heard from this leader, and when.
struct ZabPing {
  uint64_t round = 0;
  Zxid last;  // of what has been sent: whoever sends may have had room for the first entries only
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("round", m.round);
    v.field("last", m.last);
  }
};
struct ZabPong {
  uint64_t round = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("round", m.round);
  }
};
// The leader's: this link is at its end. It still leads: ask for another. It does not: look.
struct ZabClosed {
  bool leading = false;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("leading", m.leading);
  }
};

// A server that was reinitialised asks all others what they have promised (ZabMessage::epoch;
// zab_core.h). No link.
struct ZabEpochRequest {
  uint64_t life = 0;  // drawn anew at each start
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("life", m.life);
  }
};
struct ZabEpochReply {
  uint64_t life = 0;           // the request's
  bool reinitialised = false;  // it has forgotten what it promised, too
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("life", m.life);
    v.field("reinitialised", m.reinitialised);
  }
};

struct ZabMessage {
  ServerId from;
  ServerId to;
  uint32_t epoch = 0;   // what the sender has promised; a leader's own, once it has one
  uint64_t link = 0;    // 0: of none
  uint64_t number = 0;  // in the link; of a message without one: the last that was given
  std::variant<ZabNotification, ZabFollowerInfo, ZabLeaderInfo, ZabAckEpoch, ZabSync, ZabSnapshot,
               ZabNewLeader, ZabAckNewLeader, ZabUpToDate, ZabProposals, ZabAck, ZabCommit, ZabPing,
               ZabPong, ZabClosed, ZabEpochRequest, ZabEpochReply>
      body;
};

inline bool is_of_lives(const ZabMessage& message) {
  return std::holds_alternative<ZabEpochRequest>(message.body) ||
         std::holds_alternative<ZabEpochReply>(message.body);
}

inline bool is_numbered(const ZabMessage& message) {
  const auto& body = message.body;
  return !is_of_lives(message) && !std::holds_alternative<ZabNotification>(body) &&
         !std::holds_alternative<ZabSnapshot>(body) && !std::holds_alternative<ZabPing>(body) &&
         !std::holds_alternative<ZabPong>(body) && !std::holds_alternative<ZabClosed>(body);
}

}  // namespace weir
