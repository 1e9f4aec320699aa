// What is told, links, and the ways between looking, following and leading. Phases:
// zab_discovery.cc, zab_sync.cc, zab_broadcast.cc.
#include "broker/coordination/consensus/zab_core.h"

#include <algorithm>
#include <utility>

namespace weir {

std::string_view text_of(ZabPhase phase) {
  switch (phase) {
    case ZabPhase::election:
      return "election";
    case ZabPhase::discovery:
      return "discovery";
    case ZabPhase::synchronisation:
      return "synchronisation";
    case ZabPhase::broadcast:
      return "broadcast";
  }
  return "";
}

ZabCore::ZabCore(ZabOptions options, const ZabSaved& saved, Moment moment, ZabRules rules)
    : options_(std::move(options)),
      rules_(rules),
      life_(moment.draw),
      moment_(moment),
      hard_(saved.hard_state),
      election_({.self = options_.self,
                 .servers = options_.servers,
                 .resend = options_.heartbeat_interval,
                 .finalize_wait = options_.heartbeat_interval,
                 .by_history = rules.vote_by_history}),
      log_(saved.base, saved.entries),
      snapshot_(saved.snapshot.value_or(saved.base)) {
  const auto& servers = options_.servers;
  CHECK_MSG(servers.size() == 1 || servers.size() == 3 || servers.size() == 5, "1, 3 or 5 servers");
  CHECK(std::count(servers.begin(), servers.end(), options_.self) == 1);
  CHECK(snapshot_ >= saved.base && (snapshot_ == saved.base || log_.contains(snapshot_)));
  CHECK_MSG(hard_.current_epoch <= hard_.accepted_epoch || !rules_hold(),
            "who takes part has promised");
  CHECK_MSG(epoch_of(log_.last()) <= hard_.accepted_epoch || !rules_hold(),
            "an epoch is promised before its entries come");
  CHECK_MSG(!hard_.reinitialised || servers.size() > 1, "there must be somebody who remembers");
  synced_ = log_.last();
  committed_ = snapshot_;
  epochs_heard_ = !rules_.reinitialised_hears_all;
  ask_epochs_at_ = moment_.now;
  start_election();
}

// --- what happens --------------------------------------------------------------------------------

ZabEffects ZabCore::tick(Moment moment) {
  moment_ = moment;
  if (is_deaf()) {
    if (moment_.now >= ask_epochs_at_) ask_epochs();
  } else if (state_ == ZabState::looking) {
    election_.tick(moment_.now);
    run_election();
  } else if (state_ == ZabState::following) {
    if (moment_.now >= leader_heard_ + options_.election_timeout) {
      look();
    } else if (link_.received == 0 && moment_.now >= ask_again_) {
      ask_leader();
    }
  } else {
    if (moment_.now >= quorum_deadline_) check_quorum();
    if (state_ == ZabState::leading && moment_.now >= heartbeat_deadline_) ping_all();
  }
  return take();
}

ZabEffects ZabCore::receive(const ZabMessage& message, Moment moment) {
  moment_ = moment;
  CHECK(message.to == options_.self);
  if (!is_server(message.from) || message.from == options_.self || !admit(message)) return take();
  const auto dispatch = [&]<class... Bodies>(const std::variant<Bodies...>& body) {
    const auto try_one = [&](const auto* one) {
      if (one != nullptr) on(*one, message);
    };
    (try_one(std::get_if<Bodies>(&body)), ...);
  };
  dispatch(message.body);
  return take();
}

ZabEffects ZabCore::written(uint64_t write, Moment moment) {
  moment_ = moment;
  const Zxid before = synced_;
  durable_write_ = std::max(durable_write_, write);
  while (!writes_.empty() && writes_.front().number <= write) {
    synced_ = std::max(synced_, writes_.front().last);
    writes_.pop_front();
  }
  if (joins_after_) {
    join_epoch();
    if (!joins_after_) return take();  // the ack of NEWLEADER says it all
  }
  if (synced_ == before) return take();
  if (state_ == ZabState::leading) advance_commit();
  if (state_ == ZabState::following && has_history_) acknowledge();
  return take();
}

void ZabCore::compact(Zxid base, Zxid snapshot) {
  CHECK_MSG(base <= snapshot && snapshot <= committed_ && base <= synced_,
            "only what is committed and durable can be in a snapshot");
  CHECK(snapshot >= snapshot_);
  log_.compact_to(std::max(base, log_.base()));
  snapshot_ = snapshot;
}

TimePoint ZabCore::deadline() const {
  if (is_deaf()) return ask_epochs_at_;
  if (state_ == ZabState::looking) return election_.deadline();
  if (state_ == ZabState::leading) return std::min(heartbeat_deadline_, quorum_deadline_);
  const TimePoint silent = leader_heard_ + options_.election_timeout;
  return link_.received == 0 ? std::min(silent, ask_again_) : silent;
}

ZabEffects ZabCore::take() {
  note_write();
  return std::exchange(out_, {});
}

void ZabCore::note_write() {
  if (!out_.install && !out_.truncate_after && out_.append.empty()) return;
  out_.write = ++last_write_;
  writes_.push_back({last_write_, log_.last()});
}

void ZabCore::set_committed(Zxid zxid) {
  CHECK(zxid > committed_ && (log_.contains(zxid) || !rules_hold()));
  committed_ = zxid;
  out_.committed = zxid;
}

void ZabCore::save_hard_state() {
  out_.hard_state = hard_;
  if (!rules_.epoch_is_durable) out_.hard_state->accepted_epoch = hard_.current_epoch;
}

void ZabCore::set_phase(ZabPhase phase, std::optional<SyncWay> way) {
  if (phase == phase_ && !way) return;
  phase_ = phase;
  out_.phases.push_back({phase, hard_.accepted_epoch, way});
}

void ZabCore::set_role(RaftRole role, std::optional<ServerId> leader) {
  // Before anybody has led there is nothing to report.
  const bool same = reported_.role == role && reported_.leader == leader &&
                    (!leader || reported_.term == hard_.accepted_epoch);
  reported_ = {role, hard_.accepted_epoch, leader};
  if (!same) out_.role = reported_;
}

bool ZabCore::is_server(ServerId id) const {
  return std::find(options_.servers.begin(), options_.servers.end(), id) != options_.servers.end();
}

// --- looking, following, leading -----------------------------------------------------------------

void ZabCore::look() {
  const bool led = state_ == ZabState::leading;
  state_ = ZabState::looking;
  if (led) {
    refuse_reads();
    for (const auto& [server, peer] : peers_) {
      if (peer.link.id != 0) close(server, peer.link.id);
    }
    peers_.clear();
  }
  joins_after_.reset();
  link_ = {};
  has_history_ = false;
  set_role(RaftRole::follower, std::nullopt);
  set_phase(ZabPhase::election);
  start_election();
  for (const ServerId to : election_.take_recipients()) send_notification(to);
}

void ZabCore::start_election() {
  const ZabVote own{hard_.current_epoch, log_.last(), options_.self};
  election_.start(own, moment_.now, !hard_.reinitialised);
}

void ZabCore::run_election() {
  for (const ServerId to : election_.take_recipients()) send_notification(to);
  const auto leader = election_.settled();
  if (!leader) return;
  if (*leader == options_.self) return lead();
  state_ = ZabState::following;
  leader_ = *leader;
  leader_heard_ = moment_.now;
  open_link();
}

void ZabCore::lead() {
  state_ = ZabState::leading;
  leader_ = options_.self;
  epoch_chosen_ = joined_ = false;
  round_ = 0;
  // Followers may settle later than this server, and then have to answer twice.
  quorum_deadline_ = moment_.now + options_.election_timeout * 2;
  heartbeat_deadline_ = moment_.now + options_.heartbeat_interval;
  set_phase(ZabPhase::discovery);
  choose_epoch();
}

void ZabCore::send_notification(ServerId to) {
  const bool looks = state_ == ZabState::looking;
  const ZabVote vote = looks ? election_.vote() : ZabVote{0, kNoZxid, leader_};
  out_.messages.push_back({.from = options_.self,
                           .to = to,
                           .epoch = hard_.accepted_epoch,
                           .body = ZabNotification{state_, election_.round(), vote}});
}

void ZabCore::on(const ZabNotification& notification, const ZabMessage& message) {
  if (!is_server(notification.vote.leader)) return;
  if (state_ == ZabState::looking) {
    election_.receive(message.from, notification, moment_.now);
    return run_election();
  }
  if (notification.state == ZabState::looking) send_notification(message.from);
}

// A leader that a quorum does not answer, or that does not get its promises in time.
void ZabCore::check_quorum() {
  quorum_deadline_ = moment_.now + options_.election_timeout;
  const auto heard = std::count_if(peers_.begin(), peers_.end(), [this](const auto& entry) {
    return entry.second.heard + options_.election_timeout >= moment_.now;
  });
  if (phase_ == ZabPhase::discovery || static_cast<size_t>(heard) + 1 < quorum()) look();
}

// --- links ---------------------------------------------------------------------------------------

void ZabCore::open_link() {
  link_ = {.id = std::max<uint64_t>(moment_.draw + ++links_, 1)};
  has_history_ = false;
  joins_after_.reset();
  set_phase(ZabPhase::discovery);
  ask_leader();
}

void ZabCore::ask_leader() {
  link_.sent = 0;  // the same message: one that comes twice is one
  send_to_leader(ZabFollowerInfo{hard_.reinitialised});
  ask_again_ = moment_.now + options_.heartbeat_interval;
}

void ZabCore::send(ServerId to, Link& link, Body body) {
  ZabMessage message{.from = options_.self,
                     .to = to,
                     .epoch = hard_.accepted_epoch,
                     .link = link.id,
                     .body = std::move(body)};
  if (is_numbered(message)) ++link.sent;
  // A snapshot may overtake what was sent before it, and says nothing about that.
  if (!std::holds_alternative<ZabSnapshot>(message.body)) message.number = link.sent;
  out_.messages.push_back(std::move(message));
}

void ZabCore::close(ServerId to, uint64_t link) {
  out_.messages.push_back({.from = options_.self,
                           .to = to,
                           .epoch = hard_.accepted_epoch,
                           .link = link,
                           .body = ZabClosed{state_ == ZabState::leading}});
}

void ZabCore::end_link(ServerId to, Peer& peer) {
  close(to, peer.link.id);
  peer = {};
}

ZabCore::Turn ZabCore::take_turn(Link& link, const ZabMessage& message) const {
  const uint64_t expected = link.received + (is_numbered(message) ? 1 : 0);
  if (message.number > expected && rules_.gaps_end_links) return Turn::gap;
  if (!is_numbered(message)) return Turn::next;
  if (message.number < expected) return rules_.duplicates_dropped ? Turn::past : Turn::next;
  link.received = message.number;
  return Turn::next;
}

bool ZabCore::admit(const ZabMessage& message) {
  const auto& body = message.body;
  if (is_of_lives(message) || is_deaf()) return is_of_lives(message);
  if (std::holds_alternative<ZabNotification>(body)) return true;
  if (std::holds_alternative<ZabFollowerInfo>(body)) return true;
  const bool by_follower =
      std::holds_alternative<ZabAckEpoch>(body) || std::holds_alternative<ZabAckNewLeader>(body) ||
      std::holds_alternative<ZabAck>(body) || std::holds_alternative<ZabPong>(body);
  return by_follower ? admit_follower(message) : admit_leader(message);
}

bool ZabCore::admit_follower(const ZabMessage& message) {
  const auto entry = peers_.find(message.from);
  if (state_ != ZabState::leading || entry == peers_.end() ||
      (entry->second.link.id != message.link && rules_.links_told_apart)) {
    close(message.from, message.link);
    return false;
  }
  Peer& peer = entry->second;
  const Turn turn = take_turn(peer.link, message);
  if (turn == Turn::gap) end_link(message.from, peer);
  if (turn != Turn::next) return false;
  peer.heard = moment_.now;
  const bool promised = message.epoch == hard_.accepted_epoch || !rules_.old_epochs_refused;
  return promised || std::holds_alternative<ZabPong>(message.body);
}

bool ZabCore::admit_leader(const ZabMessage& message) {
  if (state_ != ZabState::following || message.from != leader_) return false;
  // Of the same epoch a snapshot is as good that was asked for in an earlier link: to send it once
  // more may take long.
  const bool snapshot = std::holds_alternative<ZabSnapshot>(message.body);
  if (message.link != link_.id && rules_.links_told_apart && !snapshot) return false;
  const bool promised = link_.received > 0;  // until then its epoch is not ours
  if (promised && message.epoch > hard_.accepted_epoch) {
    open_link();  // it leads anew, and has this link from our question, which came twice
    return false;
  }
  const Turn turn = take_turn(link_, message);
  if (turn == Turn::gap) open_link();
  if (turn != Turn::next) return false;
  leader_heard_ = moment_.now;
  if (!promised) return !snapshot;
  return message.epoch == hard_.accepted_epoch || !rules_.old_epochs_refused;
}

void ZabCore::on(const ZabClosed& closed, const ZabMessage& /*message*/) {
  if (!closed.leading) return look();
  open_link();
}

}  // namespace weir
