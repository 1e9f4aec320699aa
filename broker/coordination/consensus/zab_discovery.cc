// Phase 1: a new epoch, promised by a quorum, and whose history is its first.
#include <algorithm>
#include <utility>

#include "broker/coordination/consensus/zab_core.h"

namespace weir {
namespace {

// What a promise says of the follower's log; a follower that took part in more epochs without a
// snapshot gets one.
constexpr size_t kMaxEnds = 1024;

}  // namespace

// --- leader --------------------------------------------------------------------------------------

void ZabCore::on(const ZabFollowerInfo& info, const ZabMessage& message) {
  if (state_ == ZabState::looking) return;  // it will ask again, and we may lead then
  if (state_ == ZabState::following) return close(message.from, message.link);
  Peer& peer = peers_[message.from];
  if (message.number != 1 || message.link == 0 || peer.link.id == message.link) return;
  peer = {};
  peer.link = {.id = message.link, .sent = 0, .received = 1};
  peer.accepted_epoch = message.epoch;
  peer.reinitialised = info.reinitialised;
  peer.heard = moment_.now;
  if (!epoch_chosen_) return choose_epoch();
  // It has promised a later epoch and cannot take part in ours: there must be one for all.
  if (message.epoch > hard_.accepted_epoch && rules_.old_epochs_refused) return look();
  send(message.from, peer.link, ZabLeaderInfo{life_});
}

void ZabCore::choose_epoch() {
  uint32_t epoch = hard_.accepted_epoch;
  size_t asked = 1;
  for (const auto& [server, peer] : peers_) {
    if (peer.link.id == 0) continue;
    ++asked;
    epoch = std::max(epoch, peer.accepted_epoch);
  }
  if (asked < quorum() && rules_.epoch_is_promised) return;
  CHECK_MSG(epoch < 0xffffffff, "the epochs are used up");
  epoch_chosen_ = true;
  hard_.accepted_epoch = epoch + 1;
  save_hard_state();
  for (auto& [server, peer] : peers_) {
    if (peer.link.id != 0) send(server, peer.link, ZabLeaderInfo{life_});
  }
  count_promises();
}

void ZabCore::on(const ZabAckEpoch& ack, const ZabMessage& message) {
  Peer& peer = peers_.at(message.from);
  if (!epoch_chosen_ || peer.flow != Flow::discovery) return;
  if (ack.life != life_ && rules_.promises_end_with_life) return end_link(message.from, peer);
  if (ack.ends.empty()) return end_link(message.from, peer);  // a log has a base at least
  peer.ends = ack.ends;
  peer.flow = Flow::promised;
  if (phase_ != ZabPhase::discovery) return synchronise(message.from, peer);
  const bool later =
      std::pair{ack.current_epoch, ack.ends.back()} > std::pair{hard_.current_epoch, log_.last()};
  if (later && rules_.latest_history_leads) return look();
  count_promises();
}

void ZabCore::count_promises() {
  // Who had promised this epoch before has promised it to another, who will not get a quorum.
  const auto promised = std::count_if(peers_.begin(), peers_.end(), [this](const auto& entry) {
    const Peer& peer = entry.second;
    const bool is_new = peer.accepted_epoch < hard_.accepted_epoch || !rules_.old_epochs_refused;
    return peer.flow == Flow::promised && is_new && !peer.reinitialised;
  });
  if (static_cast<size_t>(promised) + 1 < quorum() && rules_.epoch_is_promised) return;
  begin_synchronisation();
}

// --- follower ------------------------------------------------------------------------------------

void ZabCore::on(const ZabLeaderInfo& info, const ZabMessage& message) {
  if (message.epoch < hard_.accepted_epoch && rules_.old_epochs_refused) return look();
  if (message.epoch != hard_.accepted_epoch) {
    hard_.accepted_epoch = message.epoch;
    save_hard_state();
  }
  send_to_leader(ZabAckEpoch{hard_.current_epoch, log_.ends(kMaxEnds), info.life});
}

}  // namespace weir
