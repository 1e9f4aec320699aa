// Network: TCP as it behaves, without threads and without blocking.
//
// Bytes inside a connection are never lost, doubled or reordered; trouble shows as delay, short reads
// and writes, stalls, resets, half-open connections, refused or hanging connects.
//
// try_read, try_write and try_send never wait. Who must wait asks with `watch` and is told through its
// ReadySink; sim/fiber/stream_io.h builds await_read and await_write for a fiber from that, and the
// broker's processors serve thousands of connections with one fiber. The contract serves level- and
// edge-triggered worlds alike:
//
//   on_ready is called at least once after each change from not ready to ready, and after each
//   watch() that finds the connection ready. A user therefore reads (writes) until would_block, or
//   calls watch() again. It may be called spuriously.
//
// Ownership: a Connection belongs to the shard that adopted it and is closed by its destructor. An
// accepted socket is not yet bound to a shard (DetachedConnection), so that one acceptor can deal
// them out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/time.h"
#include "sim/env/disk.h"

namespace weir {

struct Endpoint {
  std::string host;  // numeric address or a name that the world can resolve
  uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

enum class NetError : uint8_t {
  would_block,     // nothing to read, or no room to write, right now
  refused,         // nobody listens there
  reset,           // the peer's kernel dropped the connection
  timed_out,       // the deadline passed, or the kernel gave up on the peer
  unreachable,     // no route, or the name does not resolve
  address_in_use,  // listen: the port is taken
  too_many_open,   // out of descriptors
  closed,          // used after close(), or the listener was closed
  source_failed,   // try_send: the medium failed, or the file was cut off
  other,
};
std::string_view to_text(NetError error);

enum class Interest : uint8_t { none = 0, read = 1, write = 2, read_write = 3 };
constexpr bool wants_read(Interest i) { return (static_cast<uint8_t>(i) & 1) != 0; }
constexpr bool wants_write(Interest i) { return (static_cast<uint8_t>(i) & 2) != 0; }

// Called by the shard's loop, never from inside a Connection's own methods. Must not suspend.
class ReadySink {
 public:
  virtual ~ReadySink() = default;
  virtual void on_ready(uint64_t token, Interest ready) = 0;
};

// Said with a write when another follows at once: the world may wait for it to fill a packet. It
// changes nothing in what arrives; where no other follows the bytes leave all the same, a little
// later.
enum class More : uint8_t { none, follows };

class Connection {
 public:
  virtual ~Connection() = default;
  // Bytes read, 1..into.size(); 0 is the end of the stream. `into` is not empty.
  virtual Result<size_t, NetError> try_read(MutableBytes into) = 0;
  // Bytes taken, in order over all pieces; fewer than offered when the send buffer fills.
  virtual Result<size_t, NetError> try_write(std::span<const ConstBytes> pieces,
                                             More more = More::none) = 0;
  // As try_write with `bytes` of `slice` from `from` on, which it has; at least one.
  virtual Result<size_t, NetError> try_send(const FileSlice& slice, uint64_t from,
                                            uint64_t bytes) = 0;
  // Replaces what is watched. `sink` outlives the watch; none stops it.
  virtual void watch(Interest interest, ReadySink* sink, uint64_t token) = 0;
  // Half-close: the peer reads what was written, then the end of the stream.
  virtual void shutdown_write() = 0;
  [[nodiscard]] virtual Endpoint peer() const = 0;
};

class DetachedConnection {
 public:
  virtual ~DetachedConnection() = default;  // closes, when nobody adopted it
  [[nodiscard]] virtual Endpoint peer() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;  // stops listening
  // Suspends until a peer has connected; `closed` after close().
  virtual Result<std::unique_ptr<DetachedConnection>, NetError> await_accept() = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual Endpoint local() const = 0;  // with the port that the world gave for port 0
};

struct ListenOptions {
  int backlog = 50;  // connections that wait to be accepted
  // Of each accepted connection; nothing: the world decides, and may change its mind while it lasts.
  std::optional<uint32_t> send_buffer_bytes;
  std::optional<uint32_t> receive_buffer_bytes;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual Result<std::unique_ptr<Listener>, NetError> listen(const Endpoint& at,
                                                             const ListenOptions& options) = 0;
  // Suspends until connected, refused or `deadline`.
  virtual Result<std::unique_ptr<Connection>, NetError> await_connect(const Endpoint& to,
                                                                      TimePoint deadline) = 0;
  // Binds an accepted socket to this shard.
  virtual std::unique_ptr<Connection> adopt(std::unique_ptr<DetachedConnection> socket) = 0;
};

}  // namespace weir
