#include "broker/coordination/consensus/fast_leader_election.h"

#include <algorithm>
#include <utility>

namespace weir {

void LeaderElection::start(ZabVote own, TimePoint now, bool has_voice) {
  has_voice_ = has_voice;
  if (has_voice) ++round_;
  own_ = vote_ = own;
  votes_.clear();
  others_.clear();
  settled_.reset();
  settle_at_ = TimePoint::never();
  tell_all(now);
}

bool LeaderElection::is_better(const ZabVote& vote, const ZabVote& than) const {
  return options_.by_history ? vote > than : vote.leader > than.leader;
}

void LeaderElection::tell_all(TimePoint now) {
  recipients_ = options_.servers;
  std::erase(recipients_, options_.self);
  resend_at_ = now + options_.resend;
}

void LeaderElection::change_vote(const ZabVote& vote, TimePoint now) {
  vote_ = vote;
  settle_at_ = TimePoint::never();
  tell_all(now);
}

void LeaderElection::receive(ServerId from, const ZabNotification& notification, TimePoint now) {
  const ZabVote& vote = notification.vote;
  if (notification.state != ZabState::looking) {
    others_[from] = {notification.state, vote.leader};
    return count(now);
  }
  others_.erase(from);
  if (!has_voice_) return;
  if (notification.round < round_) {
    if (std::count(recipients_.begin(), recipients_.end(), from) == 0) recipients_.push_back(from);
    return;
  }
  if (notification.round > round_) {
    round_ = notification.round;
    votes_.clear();
    change_vote(is_better(vote, own_) ? vote : own_, now);
  } else if (is_better(vote, vote_)) {
    change_vote(vote, now);
  }
  // In one round votes only get better: a worse one has been overtaken on its way.
  const auto [entry, first] = votes_.emplace(from, vote);
  if (!first && is_better(vote, entry->second)) entry->second = vote;
  count(now);
}

void LeaderElection::tick(TimePoint now) {
  if (now >= resend_at_) tell_all(now);
  count(now);
}

void LeaderElection::count(TimePoint now) {
  if (settled_) return;
  for (const auto& [server, other] : others_) {
    if (other.state != ZabState::leading || other.leader != server) continue;
    const auto named = std::count_if(others_.begin(), others_.end(), [&](const auto& entry) {
      return entry.second.leader == server;
    });
    if (static_cast<size_t>(named) >= quorum()) settled_ = server;
  }
  if (settled_ || !has_voice_) return;
  const auto agreed = 1 + std::count_if(votes_.begin(), votes_.end(), [this](const auto& entry) {
                        return entry.second == vote_;
                      });
  if (static_cast<size_t>(agreed) < quorum()) return;
  if (settle_at_ == TimePoint::never()) settle_at_ = now + options_.finalize_wait;
  const bool all = static_cast<size_t>(agreed) == options_.servers.size();
  if (all || now >= settle_at_) settled_ = vote_.leader;
}

std::vector<ServerId> LeaderElection::take_recipients() { return std::exchange(recipients_, {}); }

TimePoint LeaderElection::deadline() const {
  if (!recipients_.empty() || options_.servers.size() == 1) return TimePoint{0};
  return std::min(resend_at_, settle_at_);
}

}  // namespace weir
