// What the servers of an ensemble say before, and around, the messages of consensus. See peer_links.h.
#pragma once

#include <string>
#include <vector>

#include "broker/coordination/consensus/server_id.h"
#include "model/jute/jute.h"
#include "model/types/zxid.h"

namespace weir {

enum class PeerPurpose : int32_t { frames = 0, snapshot = 1 };
enum class PeerFrameKind : int8_t { consensus = 1, state_machine = 2 };

inline constexpr int32_t kPeerMagic = 0x57656972;  // "Weir"
inline constexpr int32_t kPeerVersion = 3;
inline constexpr size_t kMaxPeerFrameBytes = (1U << 30) + (64U << 20);  // one record of the longest kind

struct PeerHello {
  int32_t magic = kPeerMagic;
  int32_t version = kPeerVersion;
  std::string engine;
  ServerId from;
  ServerId to;
  std::vector<ServerId> servers;  // in order
  PeerPurpose purpose = PeerPurpose::frames;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("magic", m.magic);
    v.field("version", m.version);
    v.field("engine", m.engine);
    v.field("from", m.from);
    v.field("to", m.to);
    v.field("servers", m.servers);
    v.field("purpose", m.purpose);
  }
};

// A message of consensus, and the payloads of the entries that it names.
struct ConsensusFrame {
  Buffer message;
  std::vector<Buffer> payloads;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("message", m.message);
    v.field("payloads", m.payloads);
  }
};

struct SnapshotHead {
  Zxid zxid;
  int64_t size_bytes = 0;
  Buffer message;  // of consensus: it counts as received when the snapshot is here
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("zxid", m.zxid);
    v.field("size", m.size_bytes);
    v.field("message", m.message);
  }
};

}  // namespace weir
