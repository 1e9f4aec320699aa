#include "broker/coordination/server/client_port.h"

#include <fmt/core.h>

#include "sim/base/check.h"

namespace weir {
namespace {
constexpr size_t kLengthBytes = 4;
constexpr size_t kReadBytes = 64 << 10;
constexpr Site kAccepted{"coordination.accepted"};
constexpr Site kClosed{"coordination.connection_closed"};
constexpr Site kShortRead{"buggify.coordination.short_read"};
constexpr std::string_view kComponent = "ClientPort";
}  // namespace

struct ClientPort::Peer {
  std::unique_ptr<Connection> connection;
  std::string host;
  Buffer in;  // what came and is no whole frame yet, or waits for hold() to end
  size_t in_used = 0;
  Buffer out;
  size_t out_sent = 0;
  bool any_frame = false;
  bool in_ready = false;
  bool closing = false;
  bool dead = false;
  std::string reason;

  [[nodiscard]] size_t unsent_bytes() const { return out.size() - out_sent; }
  void die(std::string_view why) {
    if (dead) return;
    dead = true;
    reason = why;
  }
};

ClientPort::ClientPort(Env& env, FrameSink& sink, const ClientPortOptions& options)
    : env_(env), sink_(sink), options_(options), scratch_(kReadBytes), turn_(env.scheduler) {}

ClientPort::~ClientPort() = default;

void ClientPort::add(std::unique_ptr<DetachedConnection> socket) {
  if (closed_) return;
  const Endpoint from = socket->peer();
  uint32_t& of_host = by_host_[from.host];
  if (options_.max_connections_per_host != 0 && of_host >= options_.max_connections_per_host) {
    log_line(env_.log, LogLevel::warn, kComponent, [&] {
      return fmt::format("a connection from {} refused: it has {}, and maxClientCnxns is {}",
                         from.host, of_host, options_.max_connections_per_host);
    });
    return;
  }
  ++of_host;
  const uint64_t id = next_id_++;
  auto peer = std::make_unique<Peer>();
  peer->connection = env_.network.adopt(std::move(socket));
  peer->host = from.host;
  Peer& added = *connections_.emplace(id, std::move(peer)).first->second;
  env_.trace.event(kAccepted, id);
  sink_.on_open(id, from);
  rewatch(id, added);
}

void ClientPort::on_ready(uint64_t token, Interest /*ready*/) {
  const auto at = connections_.find(token);
  if (at != connections_.end()) enqueue(token, *at->second);
}

void ClientPort::enqueue(uint64_t id, Peer& peer) {
  if (peer.in_ready) return;
  peer.in_ready = true;
  ready_.push_back(id);
  turn_.wake_one();
}

void ClientPort::await_run() {
  while (!closed_) {
    if (ready_.empty()) {
      turn_.await({});
      continue;
    }
    const uint64_t id = ready_.front();
    ready_.pop_front();
    serve(id);
    env_.scheduler.await_yield();
  }
}

bool ClientPort::may_read(const Peer& peer) const {
  return !held_ && !peer.closing && !peer.dead && peer.unsent_bytes() < kMaxUnansweredBytes;
}

void ClientPort::serve(uint64_t id) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  Peer& peer = *at->second;
  peer.in_ready = false;
  write(peer);
  parse(id, peer);
  if (may_read(peer)) read(id, peer);
  const bool was_full = !may_read(peer);
  write(peer);
  // Whole frames may lie there that nothing else would bring to mind.
  if (was_full && may_read(peer)) enqueue(id, peer);
  if (peer.closing && peer.unsent_bytes() == 0) peer.die("closed in order");
  if (peer.dead) {
    end(id);
  } else {
    rewatch(id, peer);
  }
}

void ClientPort::read(uint64_t id, Peer& peer) {
  const MutableBytes into =
      MutableBytes(scratch_).first(limit<size_t>(env_.buggify, kShortRead, kReadBytes, 3));
  const auto got = peer.connection->try_read(into);
  if (!got && got.error() == NetError::would_block) return;
  if (!got || *got == 0) {
    peer.die(got ? "closed by the client" : to_text(got.error()));
    return;
  }
  append_bytes(peer.in, into.first(*got));
  parse(id, peer);
}

// "ruok" and its like come instead of the first length.
bool ClientPort::parse_word(uint64_t id, Peer& peer) {
  const std::string answer =
      sink_.on_word(as_text(ConstBytes(peer.in).subspan(peer.in_used, kLengthBytes)));
  if (answer.empty()) return false;
  append_bytes(peer.out, as_bytes(answer));
  peer.closing = true;
  env_.trace.event(kClosed, id);
  return true;
}

void ClientPort::parse(uint64_t id, Peer& peer) {
  while (may_read(peer) && peer.in.size() - peer.in_used >= kLengthBytes) {
    if (!peer.any_frame && parse_word(id, peer)) break;
    const auto length = load_big_endian<int32_t>(peer.in.data() + peer.in_used);
    if (length < 0 || static_cast<uint32_t>(length) > options_.max_frame_bytes) {
      log_line(env_.log, LogLevel::warn, kComponent, [&] {
        return fmt::format("a frame of {} bytes from {} refused; jute.maxbuffer is {}", length,
                           peer.host, options_.max_frame_bytes);
      });
      peer.die("a frame of an impossible length");
      break;
    }
    const size_t whole = kLengthBytes + static_cast<size_t>(length);
    if (peer.in.size() - peer.in_used < whole) break;
    peer.any_frame = true;
    ++received_;
    const size_t at = peer.in_used + kLengthBytes;
    peer.in_used += whole;
    sink_.on_frame(id, ConstBytes(peer.in).subspan(at, static_cast<size_t>(length)));
  }
  if (peer.in_used == peer.in.size()) {
    Buffer().swap(peer.in);
  } else {
    peer.in.erase(peer.in.begin(), peer.in.begin() + static_cast<ptrdiff_t>(peer.in_used));
  }
  peer.in_used = 0;
}

void ClientPort::send(uint64_t connection, ConstBytes frame) {
  const auto at = connections_.find(connection);
  CHECK(at != connections_.end());
  Peer& peer = *at->second;
  if (peer.dead) return;
  ++sent_;
  uint8_t length[kLengthBytes];
  store_big_endian(length, static_cast<int32_t>(frame.size()));
  append_bytes(peer.out, length);
  append_bytes(peer.out, frame);
  if (peer.unsent_bytes() > kMaxUnsentBytes) peer.die("it does not read what it is sent");
  enqueue(connection, peer);
}

void ClientPort::write(Peer& peer) {
  while (peer.unsent_bytes() > 0 && !peer.dead) {
    const ConstBytes rest = ConstBytes(peer.out).subspan(peer.out_sent);
    const auto taken = peer.connection->try_write({&rest, 1});
    if (!taken) {
      if (taken.error() != NetError::would_block) peer.die(to_text(taken.error()));
      return;
    }
    peer.out_sent += *taken;
  }
  if (peer.unsent_bytes() == 0) {
    Buffer().swap(peer.out);
    peer.out_sent = 0;
  }
}

void ClientPort::rewatch(uint64_t id, Peer& peer) {
  const int read = may_read(peer) ? 1 : 0;
  const int write = peer.unsent_bytes() > 0 ? 2 : 0;
  peer.connection->watch(static_cast<Interest>(read | write), this, id);
}

void ClientPort::close_when_sent(uint64_t connection) {
  const auto at = connections_.find(connection);
  CHECK(at != connections_.end());
  at->second->closing = true;
  enqueue(connection, *at->second);
}

void ClientPort::drop(uint64_t connection, std::string_view reason) {
  const auto at = connections_.find(connection);
  CHECK(at != connections_.end());
  at->second->die(reason);
  enqueue(connection, *at->second);
}

void ClientPort::hold(bool held) {
  if (held_ == held) return;
  held_ = held;
  for (const auto& [id, peer] : connections_) {
    if (!held) enqueue(id, *peer);  // whole frames may lie there already
  }
}

void ClientPort::end(uint64_t id) {
  const auto at = connections_.find(id);
  env_.trace.event(kClosed, id);
  log_line(env_.log, LogLevel::debug, kComponent, [&] {
    return fmt::format("connection {} from {} closed: {}", id, at->second->host,
                       at->second->reason);
  });
  const auto of_host = by_host_.find(at->second->host);
  if (--of_host->second == 0) by_host_.erase(of_host);
  connections_.erase(at);
  sink_.on_closed(id);
}

void ClientPort::close() {
  closed_ = true;
  connections_.clear();
  turn_.wake_all();
}

}  // namespace weir
