// CoordinationServer and its connections: they open, greet, authenticate, ask, and leave.
#include <fmt/core.h>

#include <algorithm>

#include "broker/coordination/server/client_state.h"
#include "model/jute/jute.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr Site kPassword{"coordination.session_password"};
constexpr Site kTakenOver{"sometimes.coordination.session_taken_over"};
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

}  // namespace

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
  ZkRequestHeader header;
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

}  // namespace weir
