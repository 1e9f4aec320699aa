// Roles, and what a follower does beside serving reads.
#include <algorithm>
#include <utility>

#include "broker/coordination/server/client_state.h"
#include "model/jute/jute.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr Site kLife{"coordination.follower_life"};
constexpr Site kBugPendingForgotten{"bug.coordination-close-forgets-pending"};
constexpr Site kServes{"sometimes.coordination.follower_serves"};
constexpr Site kDetached{"sometimes.coordination.follower_detached"};

}  // namespace

// --- roles ---------------------------------------------------------------------------------------

bool CoordinationServer::serves() const {
  return leading_ || (following_ && following_->serves_from && *following_->serves_from <= state_.applied);
}

void CoordinationServer::on_role(const RoleView& view) {
  view_ = view;
  leading_.reset();
  following_.reset();
  forget_clients("this server has no leader");
  state_.sessions.watch_none();
  if (view.role == ServerRole::leading) {
    leading_.emplace(state_.tree, !planted(env_.buggify, kBugPendingForgotten));
    state_.sessions.touch_all(env_.clock.now());
  } else if (view.role == ServerRole::following) {
    following_.emplace(*view.leader);
    begin_life();
  }
  expiry_.wake_all();
}

// What they have asked may be done or not, and this server will not hear of it.
void CoordinationServer::forget_clients(std::string_view why) {
  for (const auto& [connection, client] : clients_) {
    if (client->state == Client::State::greeting || client->state == Client::State::leaving) continue;
    leave(*client);
    port_.drop(connection, why);
  }
  under_way_.forget_all_questions();
  unsettled_.clear();
  hold_or_release();
}

void CoordinationServer::replace(CoordinationState state) {
  CHECK_MSG(!leading_, "a leader's state is the latest there is");
  forget_clients("the state of this server was replaced by a snapshot");
  state_ = std::move(state);
  if (following_) begin_life();
}

// --- a follower and its leader ---------------------------------------------------------------------

void CoordinationServer::begin_life() {
  Following& own = *following_;
  own.life = 1 + static_cast<int64_t>(env_.random.choose(kLife, uint64_t{1} << 62));
  own.next = 1;
  own.answers = 0;
  own.serves_from.reset();
  own.heard.clear();
  own.heard_at = env_.clock.now();
  forward();
}

void CoordinationServer::forward(std::vector<Asked> asked) {
  Following& own = *following_;
  // A sign of life goes with the answers to the leader's own, as long as there are some: while this server's disk
  // hangs it has nothing to answer, and must be heard of all the same.
  const bool is_heard = own.serves_from && env_.clock.now() - own.heard_at <= options_.beat * 3 / 2;
  const bool may_wait = asked.empty() && is_heard;
  Forward message{.epoch = view_.epoch,
                  .life = own.life,
                  .number = own.next,
                  .wants_answer = asked.empty(),
                  .heard = {},
                  .asked = std::move(asked)};
  // Until the leader has answered it is told the same again: number 1.
  if (own.serves_from) ++own.next;
  message.heard.assign(own.heard.begin(), own.heard.end());
  own.heard.clear();
  Buffer bytes;
  append_jute(bytes, message);
  consensus_.send(own.leader, std::move(bytes), may_wait ? Urgency::with_next : Urgency::soon);
}

void CoordinationServer::beat() {
  if (env_.clock.now() - following_->heard_at <= options_.patience) return forward();
  sometimes(env_.buggify, kDetached);
  forget_clients("the leader does not answer this server");
  begin_life();
}

void CoordinationServer::on_message(ServerId from, ConstBytes message) {
  if (message.empty()) return;
  if (message.front() == static_cast<uint8_t>(ForwardKind::forward)) {
    if (const auto forward = decode_jute<Forward>(message)) on_forward(from, *forward);
  } else if (const auto answer = decode_jute<ForwardAnswer>(message)) {
    on_answer(from, *answer);
  }
}

void CoordinationServer::on_answer(ServerId from, const ForwardAnswer& answer) {
  if (!following_ || from != following_->leader || answer.epoch != view_.epoch ||
      answer.life != following_->life) {
    return;
  }
  if (answer.missed) {
    forget_clients("something that it asked was lost on the way to the leader");
    return begin_life();
  }
  if (answer.number != following_->answers + 1) {
    forget_clients("an answer of the leader was lost on the way");
    return begin_life();
  }
  ++following_->answers;
  following_->heard_at = env_.clock.now();
  if (!following_->serves_from) {
    following_->serves_from = answer.applied;
    following_->next = 2;
    sometimes(env_.buggify, kServes);
  }
  for (const Settled& settled : answer.settled) settle(settled);
}

// --- what the leader has answered ------------------------------------------------------------------

void CoordinationServer::settle(const Settled& settled) {
  if (settled.at > state_.applied) {
    unsettled_.emplace(settled.at, settled);
    return;
  }
  const auto waits = under_way_.take(settled.origin);
  if (!waits) return;
  const auto at = clients_.find(*waits);
  if (at == clients_.end() || at->second->state == Client::State::leaving) return hold_or_release();
  Client& client = *at->second;
  if (client.state == Client::State::opening && client.greeting.session != kNoSession) {
    if (settled.granted) return welcome_back(client);
    // Without a zxid it was not decided.
    return settled.at == kNoZxid ? refuse(client, "the leader is one no more") : turn_away(client);
  }
  if (!settled.granted) return refuse(client, "no transaction can be made");
  const auto request =
      std::find_if(client.requests.begin(), client.requests.end(),
                   [&](const Request& each) { return each.origin == settled.origin; });
  CHECK_MSG(request != client.requests.end() && request->op == ZkOp::sync,
            "what has a transaction is answered by it");
  request->origin = 0;
  client.syncing = false;
  drain(client);
  hold_or_release();
}

void CoordinationServer::settle_what_is_applied() {
  while (!unsettled_.empty() && unsettled_.begin()->first <= state_.applied) {
    const Settled settled = unsettled_.begin()->second;
    unsettled_.erase(unsettled_.begin());
    settle(settled);
  }
}

}  // namespace weir
