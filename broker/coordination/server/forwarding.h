// What a follower and its leader say to each other about clients (ZooKeeper's LearnerHandler and Learner).
//
//   follower                                          leader
//   Forward 1: I am here                          ──>   remembers it
//                                                 <──   ForwardAnswer 1: I have applied up to zxid z
//   has applied z too: serves clients
//   Forward 2: a write, of origin 17              ──>   prepares and proposes it
//   ... every server applies it; origin 17 is here: the client is answered
//   Forward 3: sessions 5 and 9 were heard of     ──>   they live on
//                                                 <──   ForwardAnswer 3
//
// What asks for nothing (3, and its answer) waits for the next frame to the same server, mostly a heartbeat or its
// answer: signs of life cost no packets of their own. When no answer has come for longer than a beat the follower
// waits no more: a disk that hangs lets it answer no heartbeats.
//
// A write is answered by its transaction. What has none (a sync, a session that is taken up again) is answered
// by Settled, with the zxid that its server must have applied first.
//
// Connections lose what is on its way when they end, so a follower numbers what it sends, in lives that begin at 1.
// A leader that misses a number says so, and the follower begins a new life: it cannot know what its
// clients' requests came to, and closes their connections, as it does when it hears no answer for a while, or
// misses one: answers are numbered, too.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/coordination/consensus/server_id.h"
#include "broker/coordination/znode/acl.h"
#include "model/jute/records.h"

namespace weir {

// Which of a server's lives as a follower somebody asked from.
struct Asker {
  ServerId server;
  int64_t life = 0;
  friend bool operator==(const Asker&, const Asker&) = default;
};

enum class AskedKind : int8_t {
  write,        // op and body as the client sent them
  open,         // a session of timeout_ms
  take_up,      // session and password: on another connection than before
  sync,
};

// Something of a client that the leader decides.
struct Asked {
  AskedKind kind = AskedKind::write;
  int64_t origin = 0;  // the number by which its server knows it
  SessionId session;
  int32_t cxid = 0;
  ZkOp op = ZkOp::error;
  int32_t timeout_ms = 0;
  Identities who;
  Buffer body;  // of a write; of take_up: the password
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("kind", m.kind);
    v.field("origin", m.origin);
    v.field("session", m.session);
    v.field("cxid", m.cxid);
    v.field("op", m.op);
    v.field("timeout", m.timeout_ms);
    v.field("who", m.who);
    v.field("body", m.body);
  }
};

// The first byte of a message says which of the two it is.
enum class ForwardKind : int8_t { forward = 1, answer = 2 };

struct Forward {
  ForwardKind kind = ForwardKind::forward;
  uint32_t epoch = 0;
  int64_t life = 0;
  int64_t number = 0;
  bool wants_answer = false;
  std::vector<SessionId> heard;
  std::vector<Asked> asked;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("kind", m.kind);
    v.field("epoch", m.epoch);
    v.field("life", m.life);
    v.field("number", m.number);
    v.field("wantsAnswer", m.wants_answer);
    v.field("heard", m.heard);
    v.field("asked", m.asked);
  }
};

struct Settled {
  int64_t origin = 0;
  bool granted = false;
  Zxid at;  // to be applied first
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("origin", m.origin);
    v.field("granted", m.granted);
    v.field("at", m.at);
  }
};

struct ForwardAnswer {
  ForwardKind kind = ForwardKind::answer;
  uint32_t epoch = 0;
  int64_t life = 0;
  int64_t number = 0;   // of the answers of this life, from 1; 0 of one that says missed
  bool missed = false;  // a number is missing: begin again
  Zxid applied;
  std::vector<Settled> settled;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("kind", m.kind);
    v.field("epoch", m.epoch);
    v.field("life", m.life);
    v.field("number", m.number);
    v.field("missed", m.missed);
    v.field("applied", m.applied);
    v.field("settled", m.settled);
  }
};

}  // namespace weir
