// PeerLinks: the connections between the servers of an ensemble.
//
//   each server keeps one connection to each other one, and writes on it; it reads those that the others keep
//
//   connection = Hello, *frame             frame = int32 length, int32 crc, int8 kind, bytes     (Jute)
//   or         = Hello with purpose snapshot, SnapshotHead, that many bytes
//
// `length` counts what follows it, `crc` is the CRC-32C of kind and bytes: TCP's own checksum lets one
// changed frame in some millions of damaged ones through, and what is in it would be in all logs.
//
// Frames arrive in order while the connection lives; with it go those on their way, and while there is none
// what is sent is dropped. Who needs more counts what it sends (server/forwarding.h), or asks again (Raft).
// Between two servers that have nothing to say there is nothing on the wire; what is not urgent waits for company.
//
// Hello names the protocol's version, the engine, both servers and the whole ensemble: a server that was
// configured otherwise is refused, with a line in the log that says what differs. Nothing is encrypted and
// nobody proves who he is, as between ZooKeeper's servers without TLS: the port is for the ensemble's own net.
//
// Limits: what waits for one server (kMaxQueuedBytes, then frames are dropped), a frame (kMaxPeerFrameBytes), connections
// that are accepted, the time until Hello has come and until a write has to move.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "broker/coordination/consensus/consensus.h"
#include "broker/coordination/consensus/peer_wire.h"
#include "broker/coordination/consensus/server_id.h"
#include "broker/coordination/coordinator_config.h"
#include "sim/env/env.h"
#include "sim/fiber/gate.h"
#include "sim/fiber/stream_io.h"

namespace weir {

struct PeerLinksOptions {
  ServerId self;
  std::vector<CoordinatorPeer> servers;  // self among them
  std::string engine;
  Duration retry = milliseconds(200);  // between attempts to connect
  Duration patience = seconds(10);     // with a connect, a Hello, a write that does not move
};

class PeerSink {
 public:
  virtual ~PeerSink() = default;
  // Must not suspend.
  virtual void on_frame(ServerId from, PeerFrameKind kind, ConstBytes bytes) = 0;
  // Reads `head.size_bytes` bytes from `stream`, or gives up.
  virtual void await_take_snapshot(ServerId from, const SnapshotHead& head, FiberStream& stream) = 0;
};

class PeerLinks {
 public:
  static constexpr size_t kMaxQueuedBytes = 64 << 20;
  static constexpr size_t kMaxConnections = 64;

  PeerLinks(Env& env, PeerLinksOptions options, PeerSink& sink);
  ~PeerLinks();

  // False: dropped. Must not suspend, and does not: what the connection does not take at once its fiber writes.
  bool send(ServerId to, PeerFrameKind kind, ConstBytes bytes, Urgency urgency) {
    return send(to, kind, std::span(&bytes, 1), urgency);
  }
  // A frame of these pieces, one after the other.
  bool send(ServerId to, PeerFrameKind kind, std::span<const ConstBytes> pieces, Urgency urgency);
  // A connection that carries one snapshot, with Hello said.
  Result<std::unique_ptr<FiberStream>, NetError> await_connect(ServerId to, PeerPurpose purpose);

  // Accepts and connects until close(); returns when all fibers have ended.
  void await_run(Listener& listener);
  void close();

 private:
  struct Link;
  void await_keep(Link& link);
  void await_write(Link& link);
  static void write_at_once(Link& link);
  void await_serve(std::unique_ptr<DetachedConnection> socket);
  void await_hear(ServerId from, FiberStream& stream);
  void await_read_frames(ServerId from, FiberStream& stream, Cancel& ended);
  // What is wrong with it; empty: nothing.
  [[nodiscard]] std::string judge(const PeerHello& hello) const;
  [[nodiscard]] PeerHello hello_to(ServerId to, PeerPurpose purpose) const;
  [[nodiscard]] TimePoint patience() const { return env_.clock.now() + options_.patience; }

  Env& env_;
  const PeerLinksOptions options_;
  PeerSink& sink_;
  Cancel stop_;
  Gate serving_;
  std::map<ServerId, std::unique_ptr<Link>> links_;
  std::map<ServerId, Cancel*> incoming_;  // ends the newest connection of each
};

}  // namespace weir
