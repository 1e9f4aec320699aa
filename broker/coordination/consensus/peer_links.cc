#include "broker/coordination/consensus/peer_links.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/crc32c.h"

namespace weir {
namespace {

constexpr Site kKeep{"coordination.peer_link"};
constexpr Site kServe{"coordination.peer_connection"};
constexpr Site kLinked{"coordination.peer_linked"};
constexpr Site kDropped{"sometimes.coordination.peer_frame_dropped"};
constexpr std::string_view kComponent = "PeerLinks";
constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kWriteBytes = 1 << 20;  // each has its own patience
constexpr size_t kLengthBytes = 4;
constexpr size_t kCrcBytes = 4;
constexpr int32_t kLeastLength = kCrcBytes + 1;  // and the kind
constexpr size_t kMaxHelloBytes = 4096;

// Length and bytes, in pieces: a length alone takes no memory.
Result<Buffer, NetError> await_read_frame(FiberStream& stream, size_t most, const WaitLimit& limit) {
  uint8_t head[kLengthBytes];
  TRY(stream.await_read_exact(head, limit));
  const auto length = load_big_endian<int32_t>(head);
  if (length < 0 || static_cast<size_t>(length) > most) return NetError::other;
  Buffer bytes;
  while (bytes.size() < static_cast<size_t>(length)) {
    const size_t at = bytes.size();
    bytes.resize(at + std::min(kReadBytes, static_cast<size_t>(length) - at));
    TRY(stream.await_read_exact(MutableBytes(bytes).subspan(at), limit));
  }
  return bytes;
}

size_t size_of(std::span<const ConstBytes> pieces) {
  size_t bytes = 0;
  for (const ConstBytes piece : pieces) bytes += piece.size();
  return bytes;
}

void append_frame(Buffer& to, PeerFrameKind kind, std::span<const ConstBytes> pieces) {
  const size_t at = to.size();
  uint8_t head[kLengthBytes + kLeastLength] = {};
  store_big_endian(head, static_cast<int32_t>(kLeastLength + size_of(pieces)));
  head[kLengthBytes + kCrcBytes] = static_cast<uint8_t>(kind);
  append_bytes(to, head);
  for (const ConstBytes piece : pieces) append_bytes(to, piece);
  uint8_t* const crc = to.data() + at + kLengthBytes;
  store_big_endian(crc, static_cast<int32_t>(crc32c(ConstBytes(to).subspan(at + kLengthBytes + kCrcBytes))));
}

// `frame` begins behind its length.
bool is_whole(ConstBytes frame) {
  return static_cast<uint32_t>(load_big_endian<int32_t>(frame.data())) == crc32c(frame.subspan(kCrcBytes));
}

}  // namespace

// The connection that is kept to one other server.
struct PeerLinks::Link {
  // However the writer ends: nobody may write to a stream that is gone.
  struct Connected {
    Connected(Link& link_in, FiberStream& stream) : link(link_in) { link.stream = &stream; }
    Connected(const Connected&) = delete;
    Connected& operator=(const Connected&) = delete;
    ~Connected() {
      link.stream = nullptr;
      link.writes = false;
    }
    Link& link;
  };

  Link(Scheduler& scheduler, const CoordinatorPeer& peer_in) : peer(peer_in), work(scheduler) {}
  const CoordinatorPeer peer;
  FiberStream* stream = nullptr;  // while it is connected
  bool writes = false;            // its fiber is writing what it took from `queued`
  Buffer queued;
  WaitList work;
};

PeerLinks::PeerLinks(Env& env, PeerLinksOptions options, PeerSink& sink)
    : env_(env),
      options_(std::move(options)),
      sink_(sink),
      stop_(env.scheduler),
      serving_(env.scheduler) {
  for (const CoordinatorPeer& peer : options_.servers) {
    if (peer.id == options_.self) continue;
    links_.emplace(peer.id, std::make_unique<Link>(env.scheduler, peer));
  }
}

PeerLinks::~PeerLinks() = default;

void PeerLinks::close() {
  stop_.request();
  for (const auto& [id, link] : links_) link->work.wake_all();
  for (const auto& [id, connection] : incoming_) connection->request();
}

// --- sending -------------------------------------------------------------------------------------

bool PeerLinks::send(ServerId to, PeerFrameKind kind, std::span<const ConstBytes> pieces,
                     Urgency urgency) {
  Link& link = *links_.at(to);
  const size_t queued = link.queued.size() + size_of(pieces);
  if (link.stream == nullptr || queued > kMaxQueuedBytes + kMaxPeerFrameBytes ||
      (!link.queued.empty() && queued > kMaxQueuedBytes)) {
    sometimes(env_.buggify, kDropped);
    return false;
  }
  append_frame(link.queued, kind, pieces);
  if (urgency == Urgency::at_once) write_at_once(link);
  if (urgency != Urgency::with_next && !link.queued.empty()) link.work.wake_one();
  return true;
}

// What the connection takes now; an error is the writer's to find.
void PeerLinks::write_at_once(Link& link) {
  if (link.writes) return;
  const auto written = link.stream->try_write(ConstBytes(link.queued).first(std::min(kWriteBytes, link.queued.size())));
  if (!written) return;
  link.queued.erase(link.queued.begin(), link.queued.begin() + static_cast<ptrdiff_t>(*written));
}

PeerHello PeerLinks::hello_to(ServerId to, PeerPurpose purpose) const {
  PeerHello hello{.engine = options_.engine,
                  .from = options_.self,
                  .to = to,
                  .servers = {},
                  .purpose = purpose};
  for (const CoordinatorPeer& peer : options_.servers) hello.servers.push_back(peer.id);
  std::sort(hello.servers.begin(), hello.servers.end());
  return hello;
}

Result<std::unique_ptr<FiberStream>, NetError> PeerLinks::await_connect(ServerId to,
                                                                        PeerPurpose purpose) {
  // Not longer than a stop may wait.
  auto connection =
      TRY(env_.network.await_connect(links_.at(to)->peer.at, env_.clock.now() + seconds(1)));
  auto stream = std::make_unique<FiberStream>(env_.scheduler, std::move(connection));
  Buffer hello(kLengthBytes);
  append_jute(hello, hello_to(to, purpose));
  store_big_endian(hello.data(), static_cast<int32_t>(hello.size() - kLengthBytes));
  TRY(stream->await_write_all(hello, {patience(), &stop_}));
  return stream;
}

void PeerLinks::await_keep(Link& link) {
  while (!stop_.requested()) {
    auto stream = await_connect(link.peer.id, PeerPurpose::frames);
    if (stream) {
      env_.trace.event(kLinked, static_cast<uint64_t>(link.peer.id.value()));
      {
        const Link::Connected connected(link, **stream);
        await_write(link);
      }
      Buffer().swap(link.queued);
    }
    await_sleep(env_.scheduler, env_.clock.now() + options_.retry, &stop_);
  }
}

void PeerLinks::await_write(Link& link) {
  while (!stop_.requested()) {
    if (link.queued.empty()) {
      link.work.await({});
      continue;
    }
    const Buffer bytes = std::exchange(link.queued, {});
    Result<Done, NetError> written = Done{};
    link.writes = true;
    for (size_t at = 0; written && at < bytes.size(); at += kWriteBytes) {
      const size_t count = std::min(kWriteBytes, bytes.size() - at);
      written = link.stream->await_write_all(ConstBytes(bytes).subspan(at, count), {patience(), &stop_});
    }
    link.writes = false;
    if (written) continue;
    log_line(env_.log, LogLevel::info, kComponent, [&] {
      return fmt::format("the connection to server {} has ended: {}", link.peer.id.value(),
                         to_text(written.error()));
    });
    return;
  }
}

// --- receiving -----------------------------------------------------------------------------------

void PeerLinks::await_run(Listener& listener) {
  Gate keeping(env_.scheduler);
  for (const auto& [id, link] : links_) {
    spawn_in(keeping, env_.scheduler, kKeep, [this, &link = *link] { await_keep(link); });
  }
  for (;;) {
    auto socket = listener.await_accept();
    if (!socket && socket.error() == NetError::closed) break;
    if (!socket || serving_.inside() >= kMaxConnections) continue;
    spawn_in(serving_, env_.scheduler, kServe, [this, socket = std::move(*socket)]() mutable {
      await_serve(std::move(socket));
    });
  }
  close();
  keeping.await_close();
  serving_.await_close();
}

std::string PeerLinks::judge(const PeerHello& hello) const {
  if (hello.magic != kPeerMagic) return "it is no server of an ensemble";
  if (hello.version != kPeerVersion) {
    return fmt::format("it speaks version {}, and this server {}: let both run the same release",
                       hello.version, kPeerVersion);
  }
  if (hello.engine != options_.engine) {
    return fmt::format("its coordinator.consensus is {}, and here it is {}", hello.engine,
                       options_.engine);
  }
  if (hello.to != options_.self || !links_.contains(hello.from) ||
      hello.servers != hello_to(hello.from, hello.purpose).servers) {
    return fmt::format("server {} looks for server {} at this address, which is server {}: let "
                       "coordinator.servers name the same servers everywhere",
                       hello.from.value(), hello.to.value(), options_.self.value());
  }
  return {};
}

void PeerLinks::await_serve(std::unique_ptr<DetachedConnection> socket) {
  const Endpoint peer = socket->peer();
  FiberStream stream(env_.scheduler, env_.network.adopt(std::move(socket)));
  const auto bytes = await_read_frame(stream, kMaxHelloBytes, {patience(), &stop_});
  if (stop_.requested()) return;
  const auto hello = bytes ? decode_jute<PeerHello>(*bytes)
                           : Result<PeerHello, ProtocolError>(ProtocolError{
                                 ProtocolError::Kind::truncated, std::string(to_text(bytes.error()))});
  const std::string wrong = hello ? judge(*hello) : "no Hello: " + hello.error().message;
  if (!wrong.empty()) {
    log_line(env_.log, LogLevel::warn, kComponent, [&] {
      return fmt::format("a connection from {}:{} refused: {}", peer.host, peer.port, wrong);
    });
    return;
  }
  if (hello->purpose == PeerPurpose::frames) return await_hear(hello->from, stream);
  const auto head = await_read_frame(stream, kMaxPeerFrameBytes, {patience(), &stop_});
  if (!head) return;
  const auto snapshot = decode_jute<SnapshotHead>(*head);
  if (snapshot && snapshot->size_bytes >= 0) sink_.await_take_snapshot(hello->from, *snapshot, stream);
}

// Of two connections of one server the older is dead, whatever its kernel thinks.
void PeerLinks::await_hear(ServerId from, FiberStream& stream) {
  Cancel ended(env_.scheduler);
  if (const auto older = incoming_.find(from); older != incoming_.end()) older->second->request();
  incoming_[from] = &ended;
  await_read_frames(from, stream, ended);
  const auto newest = incoming_.find(from);
  if (newest != incoming_.end() && newest->second == &ended) incoming_.erase(newest);
}

void PeerLinks::await_read_frames(ServerId from, FiberStream& stream, Cancel& ended) {
  const WaitLimit limit{.deadline = TimePoint::never(), .cancel = &ended};
  Buffer in;
  size_t used = 0;
  const auto space = std::make_unique_for_overwrite<uint8_t[]>(kReadBytes);
  const MutableBytes piece(space.get(), kReadBytes);
  for (;;) {
    const auto got = stream.await_read(piece, limit);
    if (!got || *got == 0 || ended.requested()) return;
    append_bytes(in, piece.first(*got));
    while (in.size() - used >= kLengthBytes) {
      const auto length = load_big_endian<int32_t>(in.data() + used);
      const auto refuse = [&](std::string_view why) {
        log_line(env_.log, LogLevel::warn, kComponent, [&] {
          return fmt::format("a frame of {} bytes from server {} refused: {}", length, from.value(), why);
        });
      };
      if (length < kLeastLength || static_cast<size_t>(length) > kMaxPeerFrameBytes) {
        return refuse("no frame has this length");
      }
      const size_t whole = kLengthBytes + static_cast<size_t>(length);
      if (in.size() - used < whole) break;
      const ConstBytes frame = ConstBytes(in).subspan(used + kLengthBytes, static_cast<size_t>(length));
      if (!is_whole(frame)) return refuse("it was changed on its way");
      used += whole;
      const ConstBytes said = frame.subspan(kCrcBytes);
      sink_.on_frame(from, static_cast<PeerFrameKind>(said.front()), said.subspan(1));
    }
    in.erase(in.begin(), in.begin() + static_cast<ptrdiff_t>(used));
    used = 0;
  }
}

}  // namespace weir
