// Terms, elections, and what every message goes through. Logs and commits: raft_replication.cc.
#include "broker/coordination/consensus/raft_core.h"

#include <algorithm>
#include <utility>

namespace weir {

RaftCore::RaftCore(RaftOptions options, const RaftSaved& saved, Moment moment, RaftRules rules)
    : options_(std::move(options)),
      rules_(rules),
      life_(moment.draw),
      moment_(moment),
      hard_(saved.hard_state),
      log_(saved.base, saved.entries),
      snapshot_(saved.snapshot.value_or(saved.base)) {
  const auto& servers = options_.servers;
  CHECK_MSG(servers.size() == 1 || servers.size() == 3 || servers.size() == 5, "1, 3 or 5 servers");
  CHECK(std::count(servers.begin(), servers.end(), options_.self) == 1);
  CHECK(snapshot_ >= saved.base && (snapshot_ == saved.base || log_.contains(snapshot_)));
  CHECK_MSG(epoch_of(log_.last()) <= hard_.term, "a term is saved before its entries");
  CHECK_MSG(!hard_.reinitialised || servers.size() > 1, "there must be somebody who remembers");
  synced_ = log_.last();
  committed_ = snapshot_;
  terms_heard_ = !rules_.reinitialised_hears_all;
  ask_deadline_ = moment_.now;
  restart_election_timer();
}

// --- what happens --------------------------------------------------------------------------------

RaftEffects RaftCore::tick(Moment moment) {
  moment_ = moment;
  if (hard_.reinitialised) {
    tick_reinitialised();
    return take();
  }
  if (role_ != RaftRole::leader) {
    if (moment_.now >= election_deadline_) campaign(rules_.pre_vote);
    return take();
  }
  if (moment_.now >= quorum_deadline_) check_quorum();
  if (role_ == RaftRole::leader && moment_.now >= heartbeat_deadline_) broadcast(Besides::heartbeat);
  return take();
}

RaftEffects RaftCore::receive(const RaftMessage& message, Moment moment) {
  moment_ = moment;
  CHECK(message.to == options_.self);
  const auto& servers = options_.servers;
  const bool known = std::find(servers.begin(), servers.end(), message.from) != servers.end();
  if (!known || message.from == options_.self || !admit(message)) return take();
  const auto dispatch = [&]<class... Bodies>(const std::variant<Bodies...>& body) {
    const auto try_one = [&](const auto* one) {
      if (one != nullptr) on(*one, message.from, message.term);
    };
    (try_one(std::get_if<Bodies>(&body)), ...);
  };
  dispatch(message.body);
  return take();
}

TimePoint RaftCore::deadline() const {
  if (hard_.reinitialised) return std::min(election_deadline_, ask_deadline_);
  if (role_ != RaftRole::leader) return election_deadline_;
  return std::min(heartbeat_deadline_, quorum_deadline_);
}

RaftEffects RaftCore::take() {
  if (hard_.reinitialised) end_reinitialised();
  note_write();
  return std::exchange(out_, {});
}

void RaftCore::send(ServerId to, uint32_t term, decltype(RaftMessage::body) body) {
  out_.messages.push_back({options_.self, to, term, std::move(body)});
}

size_t RaftCore::majority() const { return options_.servers.size() / 2 + 1; }

// --- terms ---------------------------------------------------------------------------------------

bool RaftCore::admit(const RaftMessage& message) {
  const bool of_lives = std::holds_alternative<TermRequest>(message.body) ||
                        std::holds_alternative<TermReply>(message.body);
  if (of_lives || is_deaf()) return of_lives;
  const auto* vote = std::get_if<VoteRequest>(&message.body);
  const auto* reply = std::get_if<VoteReply>(&message.body);
  const bool from_leader = std::holds_alternative<AppendRequest>(message.body) ||
                           std::holds_alternative<SnapshotRequest>(message.body);
  if (message.term > hard_.term) {
    // Whoever was cut off may want an election; we have a leader, and it stays (thesis 4.2.3).
    if (vote != nullptr && rules_.pre_vote && leader_is_alive()) return false;
    const bool asked_only =
        (vote != nullptr && vote->pre) || (reply != nullptr && reply->pre && reply->granted);
    if (!asked_only) become_follower(message.term, std::nullopt);
    return true;
  }
  if (message.term == hard_.term || (from_leader && !rules_.old_terms_refused)) return true;
  // The answer's term tells the sender that its own is over.
  if (vote != nullptr) send(message.from, hard_.term, VoteReply{vote->pre, false, vote->life});
  if (from_leader) send(message.from, hard_.term, AppendReply{});
  return false;
}

void RaftCore::save_hard_state() {
  out_.hard_state = hard_;
  if (!rules_.vote_is_durable) out_.hard_state->voted_for.reset();
}

void RaftCore::set_role(RaftRole role, std::optional<ServerId> leader) {
  if (role_ == RaftRole::leader && role != RaftRole::leader) {
    refuse_reads();
    peers_.clear();
  }
  role_ = role;
  leader_ = leader;
  out_.role = RoleChange{role_, hard_.term, leader_};
}

void RaftCore::become_follower(uint32_t term, std::optional<ServerId> leader) {
  CHECK(term >= hard_.term);
  const bool later = term > hard_.term;
  if (later) {
    hard_.term = term;
    hard_.voted_for.reset();
    agreed_ = kNoZxid;
    last_round_ = 0;
    save_hard_state();
  }
  votes_.clear();
  if (role_ != RaftRole::follower) restart_election_timer();
  if (later || role_ != RaftRole::follower || leader_ != leader) {
    set_role(RaftRole::follower, leader);
  }
}

// --- elections -----------------------------------------------------------------------------------

void RaftCore::restart_election_timer() {
  const auto spread = static_cast<uint64_t>(options_.election_timeout.ns());
  CHECK(spread > 0);
  const Duration drawn{static_cast<int64_t>(moment_.draw % spread)};
  election_deadline_ = moment_.now + options_.election_timeout + drawn;
}

bool RaftCore::leader_is_alive() const {
  if (role_ == RaftRole::leader) return true;
  return leader_ && moment_.now < leader_heard_ + options_.election_timeout;
}

void RaftCore::campaign(bool pre) {
  CHECK_MSG(hard_.term < 0xffffffff, "the terms are used up");
  if (!pre) {
    ++hard_.term;
    hard_.voted_for = options_.self;
    agreed_ = kNoZxid;
    last_round_ = 0;
    save_hard_state();
  }
  set_role(pre ? RaftRole::pre_candidate : RaftRole::candidate, std::nullopt);
  restart_election_timer();
  votes_ = {{options_.self, true}};
  if (majority() == 1) return pre ? campaign(false) : become_leader();
  for (const ServerId to : options_.servers) {
    if (to == options_.self) continue;
    send(to, hard_.term + (pre ? 1 : 0), VoteRequest{pre, log_.last(), life_});
  }
}

void RaftCore::on(const VoteRequest& request, ServerId from, uint32_t term) {
  const bool late_enough = !rules_.vote_checks_log || request.last >= log_.last();
  const bool may_grant = late_enough && !hard_.reinitialised;
  if (request.pre) {
    const bool granted = term > hard_.term && may_grant;
    return send(from, granted ? term : hard_.term, VoteReply{true, granted, request.life});
  }
  const bool free = !hard_.voted_for || hard_.voted_for == from || !rules_.one_vote_per_term;
  const bool granted = free && may_grant;
  if (granted) {
    hard_.voted_for = from;
    save_hard_state();
    restart_election_timer();
  }
  send(from, hard_.term, VoteReply{false, granted, request.life});
}

void RaftCore::on(const VoteReply& reply, ServerId from, uint32_t term) {
  const bool awaited = reply.pre ? role_ == RaftRole::pre_candidate && term == hard_.term + 1
                                 : role_ == RaftRole::candidate && term == hard_.term;
  if (!awaited || !reply.granted) return;
  if (reply.life != life_ && rules_.votes_end_with_life) return;
  votes_[from] = true;
  if (votes_.size() < majority()) return;
  if (reply.pre) return campaign(false);
  become_leader();
}

void RaftCore::become_leader() {
  set_role(RaftRole::leader, options_.self);
  votes_.clear();
  for (const ServerId server : options_.servers) {
    if (server != options_.self) peers_[server] = {.sent = log_.last(), .heard = moment_.now};
  }
  quorum_deadline_ = moment_.now + options_.election_timeout;
  round_ = 0;
  append_own(1);  // the no-op: with it all before it are committed
  broadcast(Besides::heartbeat);
}

void RaftCore::check_quorum() {
  quorum_deadline_ = moment_.now + options_.election_timeout;
  const size_t heard =
      1 +
      static_cast<size_t>(std::count_if(peers_.begin(), peers_.end(), [this](const auto& entry) {
        return entry.second.heard + options_.election_timeout >= moment_.now;
      }));
  if (heard >= majority() || !rules_.check_quorum) return;
  become_follower(hard_.term, std::nullopt);
}

void RaftCore::hear_leader(ServerId from) {
  if (role_ != RaftRole::follower || leader_ != from) become_follower(hard_.term, from);
  leader_heard_ = moment_.now;
  restart_election_timer();
}

}  // namespace weir
