// CoordinationServer and its connections: they open, greet, authenticate, ask, and leave.
#include <fmt/core.h>

#include <algorithm>

#include "broker/coordination/server/client_state.h"
#include "model/jute/jute.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr Site kTakenOver{"sometimes.coordination.session_taken_over"};
constexpr Site kHeld{"sometimes.coordination.outstanding_limit"};
constexpr Site kBugSyncIsLocal{"bug.coordination-sync-is-local"};
constexpr std::string_view kComponent = "CoordinationServer";
constexpr size_t kPasswordBytes = 16;
constexpr size_t kMaxIdentities = 100;  // of one connection

}  // namespace

void CoordinationServer::on_open(uint64_t connection, const Endpoint& peer) {
  auto client = std::make_unique<Client>();
  client->connection = connection;
  client->peer = peer;
  client->who.push_back({"ip", peer.host});
  clients_.emplace(connection, std::move(client));
  expect_to_go(connection);
}

// Unless it has a session by then.
void CoordinationServer::expect_to_go(uint64_t connection) {
  strangers_.push_back({env_.clock.now() + options_.stranger_patience, connection});
}

void CoordinationServer::drop_strangers(TimePoint now) {
  while (!strangers_.empty() && strangers_.front().until <= now) {
    const auto at = clients_.find(strangers_.front().connection);
    strangers_.pop_front();
    if (at == clients_.end() || at->second->state == Client::State::open) continue;
    Client& client = *at->second;
    if (client.state == Client::State::leaving) {
      port_.drop(client.connection, "it does not fetch its last answer");
    } else {
      refuse(client, "it had no session within " + std::to_string(options_.stranger_patience.ms()) + " ms");
    }
  }
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
  expect_to_go(client.connection);
  // What has no transaction nobody else would take from what is on its way.
  under_way_.take(client.opening);
  for (const Request& request : client.requests) {
    if (is_write(request.op)) continue;
    under_way_.end_wait(request.body.size());
    under_way_.take(request.origin);
  }
  client.requests.clear();
  client.looked_at = 0;
  client.syncing = false;
  hold_or_release();
}

void CoordinationServer::hold_or_release() {
  const size_t most = options_.outstanding_limit;
  const size_t most_bytes = options_.outstanding_bytes_limit;
  if (under_way_.requests() >= most || under_way_.bytes() >= most_bytes) {
    sometimes(env_.buggify, kHeld);
    port_.hold(true);
  } else if (under_way_.requests() <= most / 2 && under_way_.bytes() <= most_bytes / 2) {
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
  heard_of(client.session);
  if (header.op == ZkOp::auth) return authenticate(client, reader.rest());
  const ConstBytes body = reader.rest();
  client.requests.push_back({header.xid, header.op, Buffer(body.begin(), body.end())});
  if (!is_write(header.op)) under_way_.wait(body.size());
  drain(client);
  hold_or_release();
}

void CoordinationServer::connect(Client& client, ConstBytes frame) {
  auto greeting = decode_connect_request(frame);
  if (!greeting) return refuse(client, "no ConnectRequest: " + greeting.error().message);
  if (!serves()) return refuse(client, "this server has no leader");
  if (greeting->last_zxid_seen > state_.applied) {
    return refuse(client, fmt::format("it has seen zxid {:#x}, and this server only {:#x}",
                                      greeting->last_zxid_seen.value(), state_.applied.value()));
  }
  client.greeting = std::move(*greeting);
  client.state = Client::State::opening;
  const SessionId session = client.greeting.session;
  Asked asked{.kind = session == kNoSession ? AskedKind::open : AskedKind::take_up,
              .session = session,
              .timeout_ms = client.greeting.timeout_ms,
              .who = {},
              .body = {}};
  if (session != kNoSession) asked.body = client.greeting.password;
  ask(client, std::move(asked));
}

void CoordinationServer::ask(Client& client, Asked asked) {
  asked.origin = next_origin_++;
  under_way_.ask(asked.origin, client.connection, asked.body.size());
  if (!client.requests.empty()) client.requests[client.looked_at - 1].origin = asked.origin;
  if (asked.kind == AskedKind::take_up) client.opening = asked.origin;
  if (leading_) {
    decide({consensus_.self(), 0}, asked);
  } else {
    CHECK_MSG(following_, "a server without a leader has no clients");
    std::vector<Asked> all;
    all.push_back(std::move(asked));
    forward(std::move(all));
  }
  hold_or_release();
}

void CoordinationServer::submit(Client& client) {
  while (client.state == Client::State::open && !client.syncing &&
         client.looked_at < client.requests.size()) {
    Request& request = client.requests[client.looked_at++];
    const bool syncs = request.op == ZkOp::sync && !planted(env_.buggify, kBugSyncIsLocal);
    if (!syncs && !is_write(request.op)) continue;
    client.syncing = syncs;
    Asked asked{.kind = syncs ? AskedKind::sync : AskedKind::write,
                .session = client.session,
                .cxid = request.xid,
                .op = request.op,
                .who = client.who,
                .body = {}};
    if (!syncs) asked.body = std::exchange(request.body, {});
    ask(client, std::move(asked));
  }
}

void CoordinationServer::heard_of(SessionId session) {
  if (leading_) {
    state_.sessions.touch(session, env_.clock.now());
  } else if (following_) {
    following_->heard.insert(session);
  }
}

void CoordinationServer::turn_away(Client& client) {
  log_line(env_.log, LogLevel::info, kComponent, [&] {
    return fmt::format("session {:#x} of {}:{} is not known, or not by this password",
                       client.greeting.session.value(), client.peer.host, client.peer.port);
  });
  Buffer answer;
  append_jute(answer, ConnectResponse{.password = Buffer(kPasswordBytes),
                                      .has_read_only = client.greeting.has_read_only});
  port_.send(client.connection, answer);
  leave(client);
  port_.close_when_sent(client.connection);
}

void CoordinationServer::welcome_back(Client& client) {
  const SessionId session = client.greeting.session;
  const Session* const known = state_.sessions.find(session);
  if (known == nullptr || !same_secret(known->password, client.greeting.password)) {
    return turn_away(client);
  }
  if (const auto had = by_session_.find(session); had != by_session_.end()) {
    sometimes(env_.buggify, kTakenOver);
    refuse(*clients_.at(had->second), "its session was taken over by another connection");
  }
  welcome(client, session);
}

void CoordinationServer::welcome(Client& client, SessionId id) {
  const Session& session = *state_.sessions.find(id);
  heard_of(id);
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
