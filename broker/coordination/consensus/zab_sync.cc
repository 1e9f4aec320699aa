// Phase 2: each follower's log becomes the leader's, and the epoch is established.
#include <algorithm>

#include "broker/coordination/consensus/zab_core.h"

namespace weir {
namespace {

// The last entry that both logs have; `ends` are the other's. None: it is compacted here or there.
//
// Logs that share an entry share all before it, and an epoch's entries are numbered from 1. So in
// the latest epoch that both have the shorter run's end is the one.
std::optional<Zxid> last_common(const RaftLog& log, const std::vector<Zxid>& ends) {
  for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
    const Zxid ours = log.last_at_or_before(*end);
    if (ours > *end || ours < ends.front()) return std::nullopt;
    if (epoch_of(ours) == epoch_of(*end)) return ours;
  }
  return std::nullopt;
}

}  // namespace

// --- leader --------------------------------------------------------------------------------------

void ZabCore::begin_synchronisation() {
  set_phase(ZabPhase::synchronisation);
  for (auto& [server, peer] : peers_) {
    if (peer.flow == Flow::promised) synchronise(server, peer);
  }
  await_history();
  if (!rules_.quorum_before_broadcast && phase_ != ZabPhase::broadcast) establish();
}

void ZabCore::synchronise(ServerId to, Peer& peer) {
  peer.target = log_.last();
  const auto common = last_common(log_, peer.ends);
  if (!common) return send_snapshot(to, peer);
  peer.flow = Flow::entries;
  peer.match = peer.sent = peer.last_from = *common;
  const SyncWay way = *common == peer.ends.back() ? SyncWay::diff : SyncWay::trunc;
  send(to, peer.link, ZabSync{way, *common});
  send_entries(to, peer);
}

void ZabCore::send_snapshot(ServerId to, Peer& peer) {
  CHECK_MSG(snapshot_ >= log_.base(), "what is compacted is in a snapshot");
  peer.flow = Flow::snapshot;
  peer.retry = moment_.now + options_.snapshot_retry;
  send(to, peer.link, ZabSnapshot{snapshot_});
}

void ZabCore::on(const ZabAckNewLeader& ack, const ZabMessage& message) {
  Peer& peer = peers_.at(message.from);
  if (!peer.new_leader_sent) return;
  if ((ack.zxid < peer.target || !is_ours(ack.zxid)) && rules_hold()) {
    return end_link(message.from, peer);  // no follower of ours says that
  }
  peer.match = std::max(peer.match, ack.zxid);
  peer.joined = true;
  if (phase_ != ZabPhase::broadcast) return establish();
  welcome(message.from, peer);
  send_entries(message.from, peer);
  advance_commit();
}

void ZabCore::establish() {
  if (phase_ == ZabPhase::broadcast) return;
  const auto joined = std::count_if(peers_.begin(), peers_.end(),
                                    [](const auto& entry) { return entry.second.joined; });
  const bool by_quorum = joined_ && static_cast<size_t>(joined) + 1 >= quorum();
  if (!by_quorum && rules_.quorum_before_broadcast) return;
  set_phase(ZabPhase::broadcast);
  set_role(RaftRole::leader, options_.self);
  if (log_.last() > committed_) set_committed(log_.last());
  for (auto& [server, peer] : peers_) {
    if (peer.joined) welcome(server, peer);
  }
  append_own(1);  // the no-op
  send_to_all();
}

void ZabCore::welcome(ServerId to, Peer& peer) {
  peer.committed_told = std::min(committed_, peer.sent);
  send(to, peer.link, ZabUpToDate{peer.committed_told});
}

// --- both ----------------------------------------------------------------------------------------

void ZabCore::await_history() {
  joins_after_ = last_write_;
  join_epoch();
}

void ZabCore::join_epoch() {
  const bool durable = durable_write_ >= *joins_after_;
  if ((durable || !rules_.epoch_after_history) && hard_.current_epoch != hard_.accepted_epoch) {
    hard_.current_epoch = hard_.accepted_epoch;
    hard_.reinitialised = false;
    save_hard_state();
  }
  if (!durable && rules_.ack_after_history) return;
  joins_after_.reset();
  if (state_ == ZabState::following) {
    return send_to_leader(ZabAckNewLeader{durable ? synced_ : log_.last()});
  }
  joined_ = true;
  establish();
}

// --- follower ------------------------------------------------------------------------------------

void ZabCore::on(const ZabSync& sync, const ZabMessage& /*message*/) {
  // A snapshot of an earlier link has come in between.
  if (!log_.contains(sync.from)) return open_link();
  if (log_.last() > sync.from && rules_.sync_truncates) {
    CHECK_MSG(sync.from >= committed_ || !rules_hold(), "what is committed is never cut off");
    log_.truncate_after(sync.from);
    out_.truncate_after = sync.from;
    synced_ = std::min(synced_, sync.from);
    for (Write& write : writes_) write.last = std::min(write.last, sync.from);
  }
  has_history_ = true;
  set_phase(ZabPhase::synchronisation, sync.way);
}

void ZabCore::on(const ZabSnapshot& snapshot, const ZabMessage& /*message*/) {
  // In this link it would be late: the log has entries by now that were acked.
  if (has_history_ || snapshot.zxid <= committed_ || log_.contains(snapshot.zxid)) return;
  log_.restart_at(snapshot.zxid);
  snapshot_ = snapshot.zxid;
  synced_ = kNoZxid;
  writes_.clear();
  has_history_ = true;
  out_.install = snapshot.zxid;
  set_phase(ZabPhase::synchronisation, SyncWay::snap);
  set_committed(snapshot.zxid);
}

void ZabCore::on(const ZabNewLeader& new_leader, const ZabMessage& /*message*/) {
  if (!has_history_) return;
  if (!log_.contains(new_leader.last) && rules_.gaps_end_links) return open_link();
  await_history();
}

void ZabCore::on(const ZabUpToDate& up_to_date, const ZabMessage& message) {
  if (!has_history_ || !log_.contains(up_to_date.committed)) return;
  set_phase(ZabPhase::broadcast);
  set_role(RaftRole::follower, message.from);
  if (up_to_date.committed > committed_) set_committed(up_to_date.committed);
}

}  // namespace weir
