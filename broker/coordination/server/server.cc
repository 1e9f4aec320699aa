#include "broker/coordination/server/server.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/coordination/server/client_state.h"
#include "broker/coordination/server/reads.h"
#include "model/jute/jute.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace weir {
namespace {

constexpr Site kPassword{"coordination.session_password"};
constexpr Site kOrigin{"coordination.origin"};
constexpr Site kSessionOpened{"coordination.session_opened"};
constexpr Site kSessionClosed{"coordination.session_closed"};
constexpr Site kApplied{"coordination.applied"};
constexpr Site kExpired{"sometimes.coordination.session_expired"};
constexpr Site kTakenOver{"sometimes.coordination.session_taken_over"};
constexpr Site kStoodStill{"sometimes.coordination.stood_still"};
constexpr Site kHeld{"sometimes.coordination.outstanding_limit"};
constexpr std::string_view kComponent = "CoordinationServer";
constexpr size_t kPasswordBytes = 16;
constexpr size_t kMaxIdentities = 100;  // of one connection

// Compared in full whatever differs, so that time tells nothing of a password.
bool same_secret(ConstBytes a, ConstBytes b) {
  if (a.size() != b.size()) return false;
  uint8_t differs = 0;
  for (size_t i = 0; i < a.size(); ++i) differs |= a[i] ^ b[i];
  return differs == 0;
}

ErrorTxn failed(ZkError error) { return {error}; }

}  // namespace

Applied CoordinationState::apply(Zxid zxid, const Txn& txn) {
  CHECK_MSG(zxid > applied, "transactions are applied in their order, each once");
  applied = zxid;
  if (const auto* const opened = std::get_if<CreateSessionTxn>(&txn.body)) {
    sessions.open(SessionId{zxid.value()}, opened->timeout_ms, opened->password);
  }
  Applied result = tree.apply(zxid, txn);
  if (std::holds_alternative<CloseSessionTxn>(txn.body)) sessions.close(txn.header.session);
  return result;
}

CoordinationServer::CoordinationServer(Env& env, const CoordinationOptions& options,
                                       CoordinationState& state, Consensus& consensus)
    : env_(env),
      options_(options),
      state_(state),
      consensus_(consensus),
      preparer_(state.tree),
      port_(env, *this, options.port),
      next_origin_(1 + static_cast<int64_t>(env.random.choose(kOrigin, uint64_t{1} << 62))),
      expiry_(env.scheduler) {
  state_.sessions.touch_all(env.clock.now());
}

CoordinationServer::~CoordinationServer() = default;

void CoordinationServer::close() {
  closed_ = true;
  port_.close();
  expiry_.wake_all();
}

// --- connections ------------------------------------------------------------------------------

void CoordinationServer::on_open(uint64_t connection, const Endpoint& peer) {
  auto client = std::make_unique<Client>();
  client->connection = connection;
  client->peer = peer;
  client->who.push_back({"ip", peer.host});
  clients_.emplace(connection, std::move(client));
}

void CoordinationServer::on_closed(uint64_t connection) {
  const auto at = clients_.find(connection);
  const auto own = by_session_.find(at->second->session);
  if (own != by_session_.end() && own->second == connection) by_session_.erase(own);
  watches_.forget(connection);
  leave(*at->second);
  clients_.erase(at);
}

void CoordinationServer::refuse(Client& client, std::string_view why) {
  log_line(env_.log, LogLevel::warn, kComponent, [&] {
    return fmt::format("connection {} from {}:{} closed: {}", client.connection, client.peer.host,
                       client.peer.port, why);
  });
  leave(client);
  port_.drop(client.connection, why);
}

void CoordinationServer::leave(Client& client) {
  client.state = Client::State::leaving;
  for (const Request& request : client.requests) waiting_ -= is_write(request.op) ? 0 : 1;
  client.requests.clear();
  hold_or_release();
}

void CoordinationServer::hold_or_release() {
  const size_t under_way = outstanding_ + waiting_;
  if (under_way >= options_.outstanding_limit) {
    sometimes(env_.buggify, kHeld);
    port_.hold(true);
  } else if (under_way <= options_.outstanding_limit / 2) {
    port_.hold(false);
  }
}

void CoordinationServer::on_frame(uint64_t connection, ConstBytes frame) {
  Client& client = *clients_.at(connection);
  ++client.received;
  switch (client.state) {
    case Client::State::greeting: return connect(client, frame);
    case Client::State::opening: return refuse(client, "it asks before its session is open");
    case Client::State::leaving: return;
    case Client::State::open: break;
  }
  JuteReader reader(frame);
  RequestHeader header;
  reader.structure(header);
  if (reader.error() != nullptr) return refuse(client, "a frame without a request's header");
  state_.sessions.touch(client.session, env_.clock.now());
  if (header.op == ZkOp::auth) return authenticate(client, reader.rest());
  const ConstBytes body = reader.rest();
  Request& request = client.requests.emplace_back(
      Request{header.xid, header.op, Buffer(body.begin(), body.end())});
  if (is_write(header.op)) return propose(client, request);
  ++waiting_;
  drain(client);
  hold_or_release();
}

void CoordinationServer::connect(Client& client, ConstBytes frame) {
  auto greeting = decode_connect_request(frame);
  if (!greeting) return refuse(client, "no ConnectRequest: " + greeting.error().message);
  if (greeting->last_zxid_seen > state_.applied) {
    return refuse(client, fmt::format("it has seen zxid {:#x}, and this server only {:#x}",
                                      greeting->last_zxid_seen.value(), state_.applied.value()));
  }
  client.greeting = std::move(*greeting);
  const SessionId asked = client.greeting.session;
  if (asked == kNoSession) {
    client.state = Client::State::opening;
    CreateSessionTxn opening;
    opening.timeout_ms = static_cast<int32_t>(
        std::clamp<int64_t>(client.greeting.timeout_ms, options_.min_session_timeout.ms(),
                            options_.max_session_timeout.ms()));
    for (size_t i = 0; i < kPasswordBytes; ++i) {
      opening.password.push_back(static_cast<uint8_t>(env_.random.choose(kPassword, 256)));
    }
    by_origin_[next_origin_] = client.connection;
    const TxnHeader header{.origin = next_origin_++,
                           .time_ms = env_.clock.wall_now().value(),
                           .op = ZkOp::create_session};
    if (!propose_txn({header, std::move(opening)})) refuse(client, "no transaction can be made");
    return;
  }
  const Session* const session = state_.sessions.find(asked);
  const bool known = session != nullptr && !session->closing &&
                     same_secret(session->password, client.greeting.password);
  if (known) {
    if (const auto had = by_session_.find(asked); had != by_session_.end()) {
      sometimes(env_.buggify, kTakenOver);
      refuse(*clients_.at(had->second), "its session was taken over by another connection");
    }
    state_.sessions.touch(asked, env_.clock.now());
    return welcome(client, asked);
  }
  log_line(env_.log, LogLevel::info, kComponent, [&] {
    return fmt::format("session {:#x} of {}:{} is not known, or not by this password", asked.value(),
                       client.peer.host, client.peer.port);
  });
  Buffer answer;
  append_jute(answer, ConnectResponse{.password = Buffer(kPasswordBytes),
                                      .has_read_only = client.greeting.has_read_only});
  port_.send(client.connection, answer);
  leave(client);
  port_.close_when_sent(client.connection);
}

void CoordinationServer::welcome(Client& client, SessionId id) {
  const Session& session = *state_.sessions.find(id);
  client.session = id;
  client.state = Client::State::open;
  by_session_[id] = client.connection;
  Buffer answer;
  append_jute(answer, ConnectResponse{.timeout_ms = session.timeout_ms,
                                      .session = id,
                                      .password = session.password,
                                      .has_read_only = client.greeting.has_read_only});
  port_.send(client.connection, answer);
}

void CoordinationServer::authenticate(Client& client, ConstBytes body) {
  const auto packet = decode_jute<AuthPacket>(body);
  if (!packet) return refuse(client, "no AuthPacket: " + packet.error().message);
  Result<Identity, ZkError> identity = ZkError::auth_failed;
  if (packet->scheme == "digest") identity = digest_identity(as_text(packet->auth));
  if (packet->scheme == "ip") identity = client.who.front();
  if (client.who.size() >= kMaxIdentities) identity = ZkError::auth_failed;
  if (!identity) {
    reply(client, kXidAuth, kNoZxid, ZkError::auth_failed);
    leave(client);
    return port_.close_when_sent(client.connection);
  }
  if (std::find(client.who.begin(), client.who.end(), *identity) == client.who.end()) {
    client.who.push_back(std::move(*identity));
  }
  reply(client, kXidAuth, kNoZxid, ZkError::ok);
}

// --- writes -----------------------------------------------------------------------------------

bool CoordinationServer::propose_txn(Txn txn) {
  Buffer payload;
  append_txn(payload, txn);
  if (payload.size() > options_.max_txn_bytes && txn.header.op != ZkOp::close_session) {
    preparer_.dropped();
    txn.header.op = ZkOp::error;
    txn.body = ChangeTxn{failed(ZkError::bad_arguments)};
    payload.clear();
    append_txn(payload, txn);
  }
  const auto zxid = consensus_.propose(std::move(payload));
  if (!zxid) {
    preparer_.dropped();
    return false;
  }
  preparer_.proposed(*zxid);
  ++outstanding_;
  hold_or_release();
  return true;
}

void CoordinationServer::propose(Client& client, Request& request) {
  TxnHeader header{.origin = next_origin_++,
                   .session = client.session,
                   .cxid = request.xid,
                   .time_ms = env_.clock.wall_now().value(),
                   .op = ZkOp::error};
  const Session* const session = state_.sessions.find(client.session);
  const auto write = decode_write(request.op, request.body);
  request.body.clear();
  Txn txn{header, ChangeTxn{failed(ZkError::marshalling_error)}};
  if (session == nullptr || session->closing) {
    txn.body = ChangeTxn{failed(ZkError::session_expired)};
  } else if (write) {
    txn = preparer_.prepare(header, *write, client.who);
  }
  const bool closes = std::holds_alternative<CloseSessionTxn>(txn.body);
  if (!propose_txn(std::move(txn))) return refuse(client, "no transaction can be made");
  request.proposed = true;
  by_origin_[header.origin] = client.connection;
  if (closes) state_.sessions.mark_closing(client.session);
}

void CoordinationServer::apply(Zxid zxid, ConstBytes payload) {
  const auto txn = decode_txn(payload);
  CHECK_MSG(txn.ok(), "a transaction in the log cannot be read: " + txn.error().message);
  const Applied applied = state_.apply(zxid, *txn);
  preparer_.applied(zxid);
  env_.trace.event(kApplied, static_cast<uint64_t>(zxid.value()), digest(payload));
  for (const ZnodeEvent& event : applied.events) tell(event);
  if (std::holds_alternative<CreateSessionTxn>(txn->body)) {
    const SessionId opened{zxid.value()};
    env_.trace.event(kSessionOpened, static_cast<uint64_t>(zxid.value()));
    if (consensus_.leads()) state_.sessions.touch(opened, env_.clock.now());
  }
  if (const auto origin = by_origin_.find(txn->header.origin); origin != by_origin_.end()) {
    const auto client = clients_.find(origin->second);
    by_origin_.erase(origin);
    if (client != clients_.end() && client->second->state != Client::State::leaving) {
      finish(*client->second, *txn, zxid, applied);
    }
  }
  if (std::holds_alternative<CloseSessionTxn>(txn->body)) {
    const SessionId closed = txn->header.session;
    env_.trace.event(kSessionClosed, static_cast<uint64_t>(closed.value()));
    const auto own = by_session_.find(closed);
    if (own != by_session_.end()) {
      Client& client = *clients_.at(own->second);
      if (client.state == Client::State::open) refuse(client, "its session has ended");
    }
  }
  if (outstanding_ > 0) --outstanding_;
  hold_or_release();
}

void CoordinationServer::finish(Client& client, const Txn& txn, Zxid zxid, const Applied& applied) {
  if (client.state == Client::State::opening) return welcome(client, SessionId{zxid.value()});
  CHECK_MSG(!client.requests.empty() && client.requests.front().proposed,
            "transactions of a session are applied in the order of its requests");
  const Request request = std::move(client.requests.front());
  client.requests.pop_front();
  Buffer body;
  if (applied.error == ZkError::ok) {
    switch (request.op) {
      case ZkOp::create: append_jute(body, PathRecord{applied.path}); break;
      case ZkOp::create2: append_jute(body, Create2Response{applied.path, applied.stat}); break;
      case ZkOp::set_data:
      case ZkOp::set_acl: append_jute(body, StatResponse{applied.stat}); break;
      case ZkOp::multi: append_multi_results(body, applied.results); break;
      default: break;
    }
  }
  reply(client, request.xid, zxid, applied.error, body);
  if (std::holds_alternative<CloseSessionTxn>(txn.body)) {
    leave(client);
    return port_.close_when_sent(client.connection);
  }
  drain(client);
}

// --- answers ----------------------------------------------------------------------------------

void CoordinationServer::drain(Client& client) {
  while (client.state == Client::State::open && !client.requests.empty() &&
         !client.requests.front().proposed) {
    const Request request = std::move(client.requests.front());
    client.requests.pop_front();
    --waiting_;
    answer_at_once(client, request);
  }
}

void CoordinationServer::answer_at_once(Client& client, const Request& request) {
  const ReadContext context{state_.tree, watches_, client.who, client.session, client.connection};
  if (is_read(request.op)) {
    const ReadAnswer answer = answer_read(context, request.op, request.body);
    return reply(client, request.xid, state_.applied, answer.error, answer.body);
  }
  switch (request.op) {
    case ZkOp::ping: return reply(client, request.xid, state_.applied, ZkError::ok);
    case ZkOp::sync: {
      const auto path = decode_jute<PathRecord>(request.body);
      const ZkError error = path ? ZkError::ok : ZkError::marshalling_error;
      return reply(client, request.xid, state_.applied, error, request.body);
    }
    case ZkOp::set_watches:
    case ZkOp::set_watches2: {
      const auto watches =
          decode_set_watches(request.body, request.op == ZkOp::set_watches2);
      if (!watches) return refuse(client, "setWatches: " + watches.error().message);
      for (const ZnodeEvent& event : renew_watches(context, *watches)) {
        tell(client.connection, event);
      }
      return reply(client, request.xid, state_.applied, ZkError::ok);
    }
    default:
      reply(client, request.xid, state_.applied, ZkError::unimplemented);
      leave(client);
      return port_.close_when_sent(client.connection);
  }
}

void CoordinationServer::reply(const Client& client, int32_t xid, Zxid zxid, ZkError error,
                               ConstBytes body) {
  Buffer frame;
  append_jute(frame, ReplyHeader{xid, zxid, error});
  if (error == ZkError::ok) append_bytes(frame, body);
  port_.send(client.connection, frame);
}

void CoordinationServer::tell(const ZnodeEvent& event) {
  for (const WatcherId watcher : watches_.trigger(event.event, event.path)) tell(watcher, event);
}

void CoordinationServer::tell(uint64_t connection, const ZnodeEvent& event) {
  Buffer frame;
  append_jute(frame, ReplyHeader{kXidWatchEvent, Zxid{-1}, ZkError::ok});
  append_jute(frame, WatcherEvent{event.event, ZkState::sync_connected, event.path});
  port_.send(connection, frame);
}

// --- expiry -----------------------------------------------------------------------------------

void CoordinationServer::await_expire_sessions() {
  while (!closed_) {
    // A deadline that has passed is no reason to look again at once while others decide.
    const TimePoint later = env_.clock.now() + options_.tick;
    const TimePoint next =
        consensus_.leads() ? std::min(state_.sessions.next_deadline(), later) : later;
    expiry_.await({.deadline = next});
    if (closed_ || !consensus_.leads()) continue;
    const TimePoint now = env_.clock.now();
    // It was this process that stood still: what its clients sent meanwhile lies unread in the kernel.
    if (now - next > options_.tick) {
      sometimes(env_.buggify, kStoodStill);
      state_.sessions.touch_all(now);
      continue;
    }
    for (const SessionId id : state_.sessions.take_expired(now)) {
      sometimes(env_.buggify, kExpired);
      log_line(env_.log, LogLevel::info, kComponent, [&] {
        return fmt::format("session {:#x} has expired: nothing was heard of it for {} ms", id.value(),
                           state_.sessions.find(id)->timeout_ms);
      });
      const TxnHeader header{.session = id,
                             .time_ms = env_.clock.wall_now().value(),
                             .op = ZkOp::close_session};
      propose_txn(preparer_.prepare(header, {ZkOp::close_session, CloseSessionRequest{}}, {}));
    }
  }
}

}  // namespace weir
