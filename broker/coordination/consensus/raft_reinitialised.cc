// A server that has lost its disk: how it finds out what it must not do, and what others forget of
// it. Why this is enough: raft_core.h.
#include <algorithm>

#include "broker/coordination/consensus/raft_core.h"

namespace weir {

// --- the server itself ---------------------------------------------------------------------------

void RaftCore::tick_reinitialised() {
  if (moment_.now >= election_deadline_) {
    restart_election_timer();
    if (leader_) set_role(RaftRole::follower, std::nullopt);
  }
  if (moment_.now < ask_deadline_) return;
  ask_deadline_ = moment_.now + options_.heartbeat_interval;
  for (const ServerId to : options_.servers) {
    if (to != options_.self) send(to, hard_.term, TermRequest{life_});
  }
}

void RaftCore::on(const TermReply& reply, ServerId from, uint32_t term) {
  if (!hard_.reinitialised) return;
  if (reply.life != life_ && rules_.term_replies_are_fresh) return;
  const auto [entry, first] = heard_.emplace(from, Heard{term, reply.reinitialised});
  entry->second.term = std::max(entry->second.term, term);
  entry->second.reinitialised = entry->second.reinitialised && reply.reinitialised;
  // A leader's first answer says enough; its log grows.
  if (reply.leads && (!target_ || target_->term < term)) target_ = Target{term, reply.last};
  if (!terms_heard_) hear_terms();
}

void RaftCore::hear_terms() {
  size_t forgetful = 1;
  uint32_t latest = hard_.term;
  for (const auto& [server, heard] : heard_) {
    if (heard.reinitialised) ++forgetful;
    latest = std::max(latest, heard.term);
  }
  const size_t servers = options_.servers.size();
  if (heard_.size() + 1 < servers || forgetful > servers - majority()) return;
  terms_heard_ = true;
  hard_.term = latest;
  hard_.voted_for = options_.self;  // for nobody else; it asks for no votes in this term
  save_hard_state();
}

void RaftCore::end_reinitialised() {
  if (!terms_heard_) return;
  const bool brought_up = leader_ && target_ && target_->term == hard_.term &&
                          std::min(agreed(), synced_) >= target_->last;
  if (!brought_up && rules_.reinitialised_is_brought_up) return;
  hard_.reinitialised = false;
  save_hard_state();
  restart_election_timer();
}

// --- the others ----------------------------------------------------------------------------------

void RaftCore::on(const TermRequest& request, ServerId from, uint32_t /*term*/) {
  const auto [entry, first] = lives_.emplace(from, request.life);
  const bool another = first || entry->second != request.life;
  entry->second = request.life;
  if (another && role_ == RaftRole::leader && rules_.acks_end_with_life) {
    const Peer before = peers_.at(from);
    peers_[from] = {
        .sent = log_.last(), .heard = before.heard, .round = before.round, .first_round = ++round_};
  }
  send(from, hard_.term,
       TermReply{.life = request.life,
                 .reinitialised = hard_.reinitialised,
                 .leads = role_ == RaftRole::leader,
                 .last = log_.last()});
}

}  // namespace weir
