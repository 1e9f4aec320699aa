// What the leader decides, for its own clients and for those of its followers.
#include <algorithm>

#include "broker/coordination/server/client_state.h"
#include "model/jute/jute.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr Site kPassword{"coordination.session_password"};
constexpr Site kClosing{"sometimes.coordination.closing_session_asked_for"};
constexpr Site kMoved{"sometimes.coordination.session_moved"};
constexpr Site kMissed{"sometimes.coordination.forward_missed"};
constexpr size_t kPasswordBytes = 16;

ChangeTxn failed(ZkError error) { return ErrorTxn{error}; }

}  // namespace

void CoordinationServer::decide(const Asker& asker, const Asked& asked) {
  CHECK(leading_.has_value());
  state_.sessions.touch(asked.session, env_.clock.now());
  switch (asked.kind) {
    case AskedKind::write: return decide_write(asker, asked);
    case AskedKind::open: return decide_open(asker, asked);
    case AskedKind::take_up: return decide_take_up(asker, asked);
    case AskedKind::sync:
      leading_->confirming[next_confirm_] = {asker, asked.origin};
      return consensus_.confirm(next_confirm_++);
  }
}

std::optional<Zxid> CoordinationServer::propose_txn(Txn txn) {
  Buffer payload;
  append_txn(payload, txn);
  Preparer& preparer = leading_->preparer;
  if (payload.size() > options_.max_txn_bytes && txn.header.op != ZkOp::close_session) {
    preparer.dropped();
    txn.header.op = ZkOp::error;
    txn.body = failed(ZkError::bad_arguments);
    payload.clear();
    append_txn(payload, txn);
  }
  const auto zxid = consensus_.propose(std::move(payload));
  if (zxid) {
    preparer.proposed(*zxid);
    leading_->proposed = *zxid;
  } else {
    preparer.dropped();
  }
  return zxid;
}

void CoordinationServer::decide_write(const Asker& asker, const Asked& asked) {
  const TxnHeader header{.origin = asked.origin,
                         .session = asked.session,
                         .cxid = asked.cxid,
                         .time_ms = env_.clock.wall_now().value(),
                         .op = ZkOp::error};
  const Session* const session = state_.sessions.find(asked.session);
  const auto owner = leading_->owners.find(asked.session);
  const auto write = is_write(asked.op) ? decode_write(asked.op, asked.body)
                                        : ProtocolError{ProtocolError::Kind::unknown_api, "no write"};
  Txn txn{header, failed(ZkError::marshalling_error)};
  if (session == nullptr || session->closing) {
    txn.body = failed(ZkError::session_expired);
  } else if (owner != leading_->owners.end() && owner->second != asker) {
    sometimes(env_.buggify, kMoved);
    txn.body = failed(ZkError::session_moved);
  } else if (write) {
    txn = leading_->preparer.prepare(header, *write, asked.who);
  }
  const bool closes = std::holds_alternative<CloseSessionTxn>(txn.body);
  if (!propose_txn(std::move(txn))) return settle_for(asker, {asked.origin, false, kNoZxid});
  if (session != nullptr) leading_->owners.emplace(asked.session, asker);
  if (closes) state_.sessions.mark_closing(asked.session);
}

void CoordinationServer::decide_open(const Asker& asker, const Asked& asked) {
  CreateSessionTxn opening;
  opening.timeout_ms = static_cast<int32_t>(
      std::clamp<int64_t>(asked.timeout_ms, options_.min_session_timeout.ms(),
                          options_.max_session_timeout.ms()));
  for (size_t i = 0; i < kPasswordBytes; ++i) {
    opening.password.push_back(static_cast<uint8_t>(env_.random.choose(kPassword, 256)));
  }
  const TxnHeader header{.origin = asked.origin,
                         .time_ms = env_.clock.wall_now().value(),
                         .op = ZkOp::create_session};
  const auto zxid = propose_txn({header, std::move(opening)});
  if (!zxid) return settle_for(asker, {asked.origin, false, kNoZxid});
  leading_->owners[SessionId{zxid->value()}] = asker;
}

// Who is told that its session has ended believes it for ever. So that is said of what is committed only: of a
// session that is not known when this server is sure to lead still, for a later leader may have opened it; of one
// that is about to be closed when it is.
void CoordinationServer::decide_take_up(const Asker& asker, const Asked& asked) {
  const Session* const session = state_.sessions.find(asked.session);
  if (session == nullptr) {
    leading_->confirming[next_confirm_] = {asker, asked.origin};
    return consensus_.confirm(next_confirm_++);
  }
  const bool known = same_secret(session->password, asked.body);
  if (known && session->closing) {
    sometimes(env_.buggify, kClosing);
    return settle_for(asker, {asked.origin, true, leading_->proposed});
  }
  if (known) leading_->owners[asked.session] = asker;
  settle_for(asker, {asked.origin, known, state_.applied});
}

void CoordinationServer::on_confirmed(uint64_t id, std::optional<Zxid> at) {
  if (!leading_) return;
  const auto confirming = leading_->confirming.find(id);
  if (confirming == leading_->confirming.end()) return;
  const auto [asker, origin] = confirming->second;
  leading_->confirming.erase(confirming);
  settle_for(asker, {origin, at.has_value(), at.value_or(kNoZxid)});
}

void CoordinationServer::settle_for(const Asker& asker, const Settled& settled) {
  if (asker.server == consensus_.self()) return settle(settled);
  Leading::Follower& follower = leading_->followers[asker.server];
  if (follower.life == asker.life) answer(asker.server, follower, {settled}, Urgency::soon);
}

void CoordinationServer::answer(ServerId to, Leading::Follower& follower,
                                std::vector<Settled> settled, Urgency urgency) {
  Buffer bytes;
  append_jute(bytes, ForwardAnswer{.epoch = view_.epoch,
                                   .life = follower.life,
                                   .number = ++follower.answers,
                                   .missed = false,
                                   .applied = state_.applied,
                                   .settled = std::move(settled)});
  consensus_.send(to, std::move(bytes), urgency);
}

void CoordinationServer::on_forward(ServerId from, const Forward& forward) {
  if (!leading_ || forward.epoch != view_.epoch) return;  // it will hear of a leader
  Leading::Follower& follower = leading_->followers[from];
  if (forward.number == 1 && forward.life != follower.life) follower = {forward.life, 1, 0};
  const bool missed = forward.life != follower.life || forward.number > follower.next;
  if (missed) sometimes(env_.buggify, kMissed);
  if (missed) {
    Buffer bytes;
    append_jute(bytes, ForwardAnswer{.epoch = view_.epoch,
                                     .life = forward.life,
                                     .number = 0,
                                     .missed = true,
                                     .applied = state_.applied,
                                     .settled = {}});
    return consensus_.send(from, std::move(bytes), Urgency::soon);
  }
  if (forward.wants_answer) {
    answer(from, follower, {}, forward.number == 1 ? Urgency::soon : Urgency::with_next);
  }
  if (forward.number < follower.next) return;
  follower.next = forward.number + 1;
  for (const SessionId session : forward.heard) state_.sessions.touch(session, env_.clock.now());
  for (const Asked& asked : forward.asked) decide({from, forward.life}, asked);
}

}  // namespace weir
