#include "broker/coordination/client/client.h"

#include <fmt/core.h>

#include <algorithm>

#include "model/jute/jute.h"
#include "sim/base/check.h"
#include "sim/fiber/gate.h"

namespace weir {
namespace {

constexpr Site kFirstServer{"zookeeper_client.first_server"};
constexpr Site kBackoff{"zookeeper_client.backoff"};
constexpr Site kWriter{"zookeeper_client.writer"};
constexpr Site kSession{"zookeeper_client.session"};
constexpr Site kReconnected{"sometimes.zookeeper_client.reconnected"};
constexpr Site kWatchesRenewed{"sometimes.zookeeper_client.watches_renewed"};
constexpr Site kSessionLost{"sometimes.zookeeper_client.session_expired"};
constexpr Site kUnknown{"sometimes.zookeeper_client.outcome_unknown"};
constexpr Site kBugNotRenewed{"bug.zookeeper-watches-not-renewed"};
constexpr std::string_view kComponent = "ZooKeeperClient";
constexpr size_t kLengthBytes = 4;
constexpr Duration kMostBackoff = seconds(1);

Buffer framed(ConstBytes body) {
  Buffer frame;
  JuteWriter(frame).field("frame", Buffer(body.begin(), body.end()));
  return frame;
}

}  // namespace

struct ZooKeeperClient::Call {
  explicit Call(Scheduler& scheduler) : done(scheduler) {}
  int32_t xid = 0;
  ZkOp op = ZkOp::error;
  Buffer body;
  std::string watched;  // the path that a watch is wanted on
  Event done;
  ZkError error = ZkError::connection_loss;
  Buffer answer;
};

struct ZooKeeperClient::Told {
  std::optional<SessionEvent> event;
  SessionId session;
  WatcherEvent znode;
};

ZooKeeperClient::ZooKeeperClient(Env& env, ZooKeeperOptions options, ZooKeeperEvents& events)
    : env_(env),
      options_(std::move(options)),
      events_(events),
      connected_(env.scheduler),
      negotiated_timeout_(options_.session_timeout),
      stop_(env.scheduler),
      to_send_(env.scheduler),
      to_deliver_(env.scheduler) {
  CHECK(!options_.connect.servers.empty());
}

ZooKeeperClient::~ZooKeeperClient() = default;

// --- the connection ---------------------------------------------------------------------------

void ZooKeeperClient::await_run() {
  const std::vector<Endpoint>& servers = options_.connect.servers;
  size_t next = env_.random.choose(kFirstServer, servers.size());
  while (!stop_.requested()) {
    const Ended ended = await_one_connection(servers[next]);
    next = (next + 1) % servers.size();
    if (connected_.is_set()) {
      connected_.reset();
      if (ended != Ended::closed) push(SessionEvent::disconnected);
    }
    fail_sent(ended == Ended::expired ? ZkError::session_expired : ZkError::connection_loss);
    if (ended == Ended::closed) break;
    if (ended == Ended::expired) {
      sometimes(env_.buggify, kSessionLost);
      fail_unsent(ZkError::session_expired);
      push(SessionEvent::expired);
      session_ = kNoSession;
      password_.clear();
      data_watches_.clear();
      exist_watches_.clear();
      child_watches_.clear();
    }
    // Everybody who lost the same server comes back; not all at the same time.
    const auto wait = static_cast<int64_t>(
        env_.random.choose(kBackoff, static_cast<uint64_t>(kMostBackoff.ms()) + 1));
    await_sleep(env_.scheduler, env_.clock.now() + milliseconds(wait), &stop_);
  }
  stop_.request();
  connected_.reset();
  fail_sent(ZkError::connection_loss);
  fail_unsent(ZkError::connection_loss);
  to_deliver_.wake_all();
}

ZooKeeperClient::Ended ZooKeeperClient::await_one_connection(const Endpoint& server) {
  auto connection =
      env_.network.await_connect(server, env_.clock.now() + options_.connect_timeout);
  if (!connection) return Ended::lost;
  FiberStream stream(env_.scheduler, std::move(*connection));
  if (const auto ended = await_handshake(stream)) return *ended;
  log_line(env_.log, LogLevel::info, kComponent, [&] {
    return fmt::format("session {:#x} at {}:{}, timeout {} ms", session_.value(), server.host,
                       server.port, negotiated_timeout_.ms());
  });
  // The watches come first: nothing that is asked from now on may overtake them.
  const Buffer first = planted(env_.buggify, kBugNotRenewed) ? Buffer{} : renewal();
  if (!first.empty()) {
    sometimes(env_.buggify, kWatchesRenewed);
    if (!stream.await_write_all(first, {.deadline = env_.clock.now() + options_.connect_timeout})) {
      return Ended::lost;
    }
  }
  connected_.set();
  push(SessionEvent::connected);
  Gate writing(env_.scheduler);
  bool over = false;
  spawn_in(writing, env_.scheduler, kWriter, [&] {
    while (!over && !stop_.requested()) await_write_calls(stream);
  });
  const Ended ended = await_read_answers(stream);
  over = true;
  stream.shutdown_write();
  to_send_.wake_all();
  writing.await_close();
  return ended;
}

std::optional<ZooKeeperClient::Ended> ZooKeeperClient::await_handshake(FiberStream& stream) {
  const TimePoint deadline = env_.clock.now() + options_.connect_timeout;
  Buffer greeting;
  append_jute(greeting,
              ConnectRequest{.last_zxid_seen = last_zxid_,
                             .timeout_ms = static_cast<int32_t>(options_.session_timeout.ms()),
                             .session = session_,
                             .password = password_.empty() ? Buffer(16) : password_});
  if (!stream.await_write_all(framed(greeting), {.deadline = deadline, .cancel = &stop_})) {
    return Ended::lost;
  }
  const auto frame = await_frame(stream, deadline);
  if (!frame) return Ended::lost;
  JuteReader reader(*frame);
  ConnectResponse welcome;
  welcome.has_read_only = false;  // a server older than 3.4 ends before it; it is not needed
  reader.structure(welcome);
  if (reader.error() != nullptr) return Ended::lost;
  if (welcome.timeout_ms <= 0 || welcome.session == kNoSession) return Ended::expired;
  if (session_ == welcome.session) sometimes(env_.buggify, kReconnected);
  session_ = welcome.session;
  password_ = welcome.password;
  negotiated_timeout_ = milliseconds(welcome.timeout_ms);
  env_.trace.event(kSession, static_cast<uint64_t>(session_.value()));
  return std::nullopt;
}

ZkResult<Buffer> ZooKeeperClient::await_frame(FiberStream& stream, TimePoint deadline) {
  const WaitLimit limit{.deadline = deadline, .cancel = &stop_};
  uint8_t length_bytes[kLengthBytes];
  if (!stream.await_read_exact(length_bytes, limit)) return ZkError::connection_loss;
  const auto length = load_big_endian<int32_t>(length_bytes);
  if (length < 0 || static_cast<uint32_t>(length) > options_.max_answer_bytes) {
    return ZkError::marshalling_error;
  }
  Buffer frame(static_cast<size_t>(length));
  if (!frame.empty() && !stream.await_read_exact(frame, limit)) return ZkError::connection_loss;
  return frame;
}

ZooKeeperClient::Ended ZooKeeperClient::await_read_answers(FiberStream& stream) {
  for (;;) {
    const auto frame = await_frame(stream, env_.clock.now() + negotiated_timeout_ * 2 / 3);
    if (!frame) return stop_.requested() ? Ended::closed : Ended::lost;
    if (!take_frame(*frame)) return Ended::lost;
    if (closing_ && sent_.empty() && unsent_.empty()) return Ended::closed;
  }
}

// False when it is not what was asked for: then nothing behind it can be trusted.
bool ZooKeeperClient::take_frame(ConstBytes frame) {
  JuteReader reader(frame);
  ZkReplyHeader header;
  reader.structure(header);
  if (reader.error() != nullptr) return false;
  if (header.xid == kXidWatchEvent) {
    const auto event = decode_jute<WatcherEvent>(reader.rest());
    if (!event) return false;
    fire(*event);
    return true;
  }
  if (header.zxid > last_zxid_) last_zxid_ = header.zxid;
  if (header.xid == kXidPing || header.xid == kXidSetWatches) return true;
  if (sent_.empty() || sent_.front()->xid != header.xid) return false;
  const std::shared_ptr<Call> call = std::move(sent_.front());
  sent_.pop_front();
  call->error = header.error;
  call->answer.assign(reader.rest().begin(), reader.rest().end());
  if (!call->watched.empty()) note_watch(*call, header.error);
  call->done.set();
  return true;
}

void ZooKeeperClient::await_write_calls(FiberStream& stream) {
  const Duration ping_after = negotiated_timeout_ / 3;
  Buffer bytes;
  if (unsent_.empty() &&
      to_send_.await({.deadline = env_.clock.now() + ping_after, .cancel = &stop_}) ==
          WaitResult::timed_out) {
    Buffer ping;
    append_jute(ping, ZkRequestHeader{kXidPing, ZkOp::ping});
    bytes = framed(ping);
  }
  if (!connected_.is_set()) return;
  while (!unsent_.empty()) {
    std::shared_ptr<Call> call = std::move(unsent_.front());
    unsent_.pop_front();
    call->xid = next_xid_;
    next_xid_ = next_xid_ == INT32_MAX ? 1 : next_xid_ + 1;
    Buffer body;
    append_jute(body, ZkRequestHeader{call->xid, call->op});
    append_bytes(body, call->body);
    append_bytes(bytes, framed(body));
    sent_.push_back(std::move(call));
  }
  if (bytes.empty()) return;
  // Behind half a frame nothing can be said any more; the server ends the connection, or falls silent.
  if (!stream.await_write_all(bytes, {.deadline = env_.clock.now() + negotiated_timeout_})) {
    stream.shutdown_write();
  }
}

void ZooKeeperClient::fail_sent(ZkError error) {
  if (!sent_.empty()) sometimes(env_.buggify, kUnknown);
  for (const auto& call : std::exchange(sent_, {})) {
    call->error = error;
    call->done.set();
  }
}

void ZooKeeperClient::fail_unsent(ZkError error) {
  for (const auto& call : std::exchange(unsent_, {})) {
    call->error = error;
    call->done.set();
  }
}

void ZooKeeperClient::abandon() {
  closing_ = true;
  stop_.request();
  to_deliver_.wake_all();
}

bool ZooKeeperClient::await_close(const WaitLimit& limit) {
  bool told = false;
  if (connected_.is_set()) {
    auto call = std::make_shared<Call>(env_.scheduler);
    call->op = ZkOp::close_session;
    unsent_.push_back(call);
    closing_ = true;
    to_send_.wake_one();
    told = call->done.await(limit) == WaitResult::ready && call->error == ZkError::ok;
  }
  abandon();
  return told;
}

ZkResult<Buffer> ZooKeeperClient::await_call(ZkOp op, Buffer body, const std::string& watched) {
  if (stop_.requested() || closing_) return ZkError::connection_loss;
  auto call = std::make_shared<Call>(env_.scheduler);
  call->op = op;
  call->body = std::move(body);
  call->watched = watched;
  unsent_.push_back(call);
  to_send_.wake_one();
  call->done.await();
  if (call->error != ZkError::ok) return call->error;
  return std::move(call->answer);
}

// --- watches and events -----------------------------------------------------------------------

void ZooKeeperClient::note_watch(const Call& call, ZkError error) {
  if (call.op == ZkOp::exists && error == ZkError::no_node) {
    exist_watches_.insert(call.watched);
  } else if (error == ZkError::ok) {
    (call.op == ZkOp::get_children2 ? child_watches_ : data_watches_).insert(call.watched);
  }
}

void ZooKeeperClient::fire(const WatcherEvent& event) {
  if (event.event == ZkEvent::none) return;
  if (event.event != ZkEvent::children_changed) {
    data_watches_.erase(event.path);
    exist_watches_.erase(event.path);
  }
  if (event.event == ZkEvent::children_changed || event.event == ZkEvent::removed) {
    child_watches_.erase(event.path);
  }
  undelivered_.push_back({std::nullopt, session_, event});
  undelivered_.back().znode.path = outside(event.path);
  to_deliver_.wake_one();
}

// As one frame a kind of watch would do; all in pieces that any server takes.
Buffer ZooKeeperClient::renewal() const {
  constexpr size_t kMostBytes = 128 << 10;
  Buffer frames;
  SetWatchesRequest request;
  size_t bytes = 0;
  const auto flush = [&] {
    if (bytes == 0) return;
    request.relative_zxid = last_zxid_;
    request.has_persistent = false;
    Buffer body;
    append_jute(body, ZkRequestHeader{kXidSetWatches, ZkOp::set_watches});
    append_jute(body, request);
    append_bytes(frames, framed(body));
    request = {};
    bytes = 0;
  };
  const auto add = [&](const std::set<std::string>& from, std::vector<std::string>& to) {
    for (const std::string& path : from) {
      to.push_back(path);
      bytes += path.size() + kLengthBytes;
      if (bytes > kMostBytes) flush();
    }
  };
  add(data_watches_, request.data_watches);
  add(exist_watches_, request.exist_watches);
  add(child_watches_, request.child_watches);
  flush();
  return frames;
}

void ZooKeeperClient::push(SessionEvent event) {
  undelivered_.push_back({event, session_, {}});
  to_deliver_.wake_one();
}

void ZooKeeperClient::await_deliver() {
  for (;;) {
    if (undelivered_.empty()) {
      if (stop_.requested()) return;
      to_deliver_.await({});
      continue;
    }
    const Told event = std::move(undelivered_.front());
    undelivered_.pop_front();
    if (event.event) {
      events_.await_session_event(*event.event, event.session);
    } else {
      events_.await_znode_event(event.znode.event, event.znode.path);
    }
  }
}

}  // namespace weir
