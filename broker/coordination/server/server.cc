#include "broker/coordination/server/server.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/coordination/server/client_state.h"
#include "broker/coordination/server/reads.h"
#include "model/jute/jute.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr Site kOrigin{"coordination.origin"};
constexpr Site kSessionOpened{"coordination.session_opened"};
constexpr Site kSessionClosed{"coordination.session_closed"};
constexpr Site kApplied{"coordination.applied"};
constexpr Site kExpired{"sometimes.coordination.session_expired"};
constexpr Site kSentBack{"sometimes.coordination.moved_session_sent_back"};
constexpr Site kStoodStill{"sometimes.coordination.stood_still"};
constexpr Site kBugArmedLate{"bug.coordination-watch-armed-late"};
constexpr std::string_view kComponent = "CoordinationServer";

}  // namespace

void CoordinationState::skip(Zxid zxid) {
  CHECK_MSG(zxid > applied, "transactions are applied in their order, each once");
  applied = zxid;
  ++applied_count;
}

Applied CoordinationState::apply(Zxid zxid, const Txn& txn) {
  skip(zxid);
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
      port_(env, *this, options.port),
      next_origin_(1 + static_cast<int64_t>(env.random.choose(kOrigin, uint64_t{1} << 62))),
      expiry_(env.scheduler) {}

CoordinationServer::~CoordinationServer() = default;

void CoordinationServer::close() {
  closed_ = true;
  port_.close();
  expiry_.wake_all();
}

// --- writes -----------------------------------------------------------------------------------

void CoordinationServer::apply(Zxid zxid, ConstBytes payload) {
  env_.trace.event(kApplied, static_cast<uint64_t>(zxid.value()), env_.trace.digest_of(payload));
  if (payload.empty()) {
    state_.skip(zxid);
    return settle_what_is_applied();
  }
  const auto txn = decode_txn(payload);
  CHECK_MSG(txn.ok(), "a transaction in the log cannot be read: " + txn.error().message);
  const Applied applied = state_.apply(zxid, *txn);
  if (leading_) leading_->preparer.applied(zxid);
  for (const ZnodeEvent& event : applied.events) tell(event);
  arm_late();
  if (std::holds_alternative<CreateSessionTxn>(txn->body)) {
    env_.trace.event(kSessionOpened, static_cast<uint64_t>(zxid.value()));
    if (leading_) state_.sessions.touch(SessionId{zxid.value()}, env_.clock.now());
  }
  if (const auto waits = under_way_.take(txn->header.origin)) {
    const auto client = clients_.find(*waits);
    if (client != clients_.end() && client->second->state != Client::State::leaving) {
      finish(*client->second, *txn, zxid, applied);
    }
  }
  if (std::holds_alternative<CloseSessionTxn>(txn->body)) {
    const SessionId closed = txn->header.session;
    env_.trace.event(kSessionClosed, static_cast<uint64_t>(closed.value()));
    if (leading_) leading_->owners.erase(closed);
    const auto own = by_session_.find(closed);
    if (own != by_session_.end()) {
      Client& client = *clients_.at(own->second);
      if (client.state == Client::State::open) refuse(client, "its session has ended");
    }
  }
  settle_what_is_applied();
  hold_or_release();
}

void CoordinationServer::finish(Client& client, const Txn& txn, Zxid zxid, const Applied& applied) {
  if (client.state == Client::State::opening) return welcome(client, SessionId{zxid.value()});
  CHECK_MSG(!client.requests.empty() && client.requests.front().origin == txn.header.origin,
            "transactions of a session are applied in the order of its requests");
  // A server may have taken the session up after its client had given up and come here (ZOOKEEPER-710): who has
  // it is known again when the client comes back.
  if (applied.error == ZkError::session_moved) {
    sometimes(env_.buggify, kSentBack);
    return refuse(client, "its session was taken up at another server");
  }
  const Request request = std::move(client.requests.front());
  client.requests.pop_front();
  --client.looked_at;
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
  for (;;) {
    submit(client);
    if (client.state != Client::State::open || client.requests.empty() ||
        client.requests.front().origin != 0) {
      return;
    }
    const Request request = std::move(client.requests.front());
    client.requests.pop_front();
    --client.looked_at;
    under_way_.end_wait(request.body.size());
    answer_at_once(client, request);
    if (client.state == Client::State::open &&
        watches_.watch_count(client.connection) > options_.watches_per_connection) {
      return refuse(client, fmt::format("it has more than {} watches: a persistent recursive one would do",
                                        options_.watches_per_connection));
    }
  }
}

void CoordinationServer::answer_at_once(Client& client, const Request& request) {
  const ReadContext context{state_.tree, watches_, client.who, client.session, client.connection};
  if (is_read(request.op)) {
    if (planted(env_.buggify, kBugArmedLate)) return answer_unarmed(client, request);
    const LocalAnswer answer = answer_read(context, request.op, request.body);
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

void CoordinationServer::answer_unarmed(Client& client, const Request& request) {
  WatchTable unarmed;
  late_.emplace_back(client.connection, request);
  const LocalAnswer answer =
      answer_read({state_.tree, unarmed, client.who, client.session, client.connection}, request.op,
                  request.body);
  reply(client, request.xid, state_.applied, answer.error, answer.body);
}

void CoordinationServer::arm_late() {
  for (const auto& [connection, request] : std::exchange(late_, {})) {
    const auto at = clients_.find(connection);
    if (at == clients_.end()) continue;
    const Client& client = *at->second;
    answer_read({state_.tree, watches_, client.who, client.session, connection}, request.op,
                request.body);
  }
}

void CoordinationServer::reply(const Client& client, int32_t xid, Zxid zxid, ZkError error,
                               ConstBytes body) {
  Buffer frame;
  append_jute(frame, ZkReplyHeader{xid, zxid, error});
  if (error == ZkError::ok) append_bytes(frame, body);
  port_.send(client.connection, frame);
}

void CoordinationServer::tell(const ZnodeEvent& event) {
  for (const WatcherId watcher : watches_.trigger(event.event, event.path)) tell(watcher, event);
}

void CoordinationServer::tell(uint64_t connection, const ZnodeEvent& event) {
  Buffer frame;
  append_jute(frame, ZkReplyHeader{kXidWatchEvent, Zxid{-1}, ZkError::ok});
  append_jute(frame, WatcherEvent{event.event, ZkState::sync_connected, event.path});
  port_.send(connection, frame);
}

// --- expiry -----------------------------------------------------------------------------------

void CoordinationServer::await_expire_sessions() {
  while (!closed_) {
    // A deadline that has passed is no reason to look again at once while others decide.
    const TimePoint later = env_.clock.now() + (following_ ? options_.beat : options_.tick);
    const TimePoint next = leading_ ? std::min(state_.sessions.next_deadline(), later) : later;
    expiry_.await({.deadline = next});
    const TimePoint now = env_.clock.now();
    if (closed_ || now < next) continue;
    const bool late = now - next > options_.tick;
    if (late) sometimes(env_.buggify, kStoodStill);
    // It was this process that stood still: what others sent meanwhile lies unread in the kernel.
    if (late && leading_) state_.sessions.touch_all(now);
    if (late && following_) following_->heard_at = now;
    if (!late) drop_strangers(now);
    if (following_) beat();
    if (leading_ && !late) expire(now);
  }
}

void CoordinationServer::expire(TimePoint now) {
  for (const SessionId id : state_.sessions.take_expired(now)) {
    sometimes(env_.buggify, kExpired);
    log_line(env_.log, LogLevel::info, kComponent, [&] {
      return fmt::format("session {:#x} has expired: nothing was heard of it for {} ms", id.value(),
                         state_.sessions.find(id)->timeout_ms);
    });
    const TxnHeader header{.session = id,
                           .time_ms = env_.clock.wall_now().value(),
                           .op = ZkOp::close_session};
    propose_txn(leading_->preparer.prepare(header, {ZkOp::close_session, CloseSessionRequest{}}, {}));
  }
}

}  // namespace weir
