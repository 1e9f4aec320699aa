// Phase 3, and the cursor that serves synchronisation, too: entries, acks, commits, pings, reads.
#include <algorithm>
#include <functional>
#include <utility>

#include "broker/coordination/consensus/zab_core.h"

namespace weir {

// --- follower ------------------------------------------------------------------------------------

void ZabCore::on(const ZabProposals& proposals, const ZabMessage& /*message*/) {
  if (!has_history_) return;
  const bool follows = proposals.previous == log_.last();
  if (!follows && rules_.gaps_end_links && rules_.sync_truncates && rules_.duplicates_dropped) {
    return open_link();  // no leader of ours sends that
  }
  for (const Zxid zxid : proposals.entries) {
    if (!RaftLog::can_follow(log_.last(), zxid)) break;
    log_.append(zxid);
    out_.append.push_back(zxid);
  }
  if (!rules_.ack_after_sync) acknowledge();
}

void ZabCore::acknowledge() {
  send_to_leader(ZabAck{rules_.ack_after_sync ? synced_ : log_.last()});
}

void ZabCore::on(const ZabCommit& commit, const ZabMessage& /*message*/) {
  if (phase_ != ZabPhase::broadcast || !log_.contains(commit.zxid)) return;
  if (commit.zxid > committed_) set_committed(commit.zxid);
}

void ZabCore::on(const ZabPing& ping, const ZabMessage& /*message*/) {
  // Nothing was lost, but the last entries of a message did not go along.
  if (ping.last > log_.last() && rules_.gaps_end_links) return open_link();
  send_to_leader(ZabPong{ping.round});
}

// --- leader --------------------------------------------------------------------------------------

ZabEffects ZabCore::propose(size_t count, Moment moment, Sending sending) {
  moment_ = moment;
  if (reported_.role != RaftRole::leader || count == 0) return take();
  if (counter_of(log_.last()) + uint64_t{count} > options_.last_counter) {
    look();  // the next leader counts from 1
    return take();
  }
  append_own(count);
  return sending == Sending::now ? flush(moment) : take();
}

ZabEffects ZabCore::flush(Moment moment) {
  moment_ = moment;
  if (reported_.role == RaftRole::leader) send_to_all();
  return take();
}

void ZabCore::append_own(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Zxid last = log_.last();
    const uint32_t epoch = hard_.accepted_epoch;
    const Zxid next = make_zxid(epoch, epoch_of(last) == epoch ? counter_of(last) + 1 : 1);
    if (!rules_hold() && !RaftLog::can_follow(last, next)) return;
    log_.append(next);
    out_.append.push_back(next);
  }
  if (!rules_.ack_after_sync) advance_commit();
}

void ZabCore::send_to_all() {
  for (auto& [server, peer] : peers_) send_entries(server, peer);
}

void ZabCore::send_entries(ServerId to, Peer& peer) {
  if (peer.flow != Flow::entries) return;
  while (true) {
    if (!peer.new_leader_sent && peer.sent >= peer.target) {
      peer.new_leader_sent = true;
      send(to, peer.link, ZabNewLeader{peer.target});
    }
    if (peer.sent >= log_.last()) break;
    if (peer.sent < log_.base()) return end_link(to, peer);  // it needs a snapshot now
    const uint64_t in_flight = log_.count(peer.match, peer.sent);
    if (in_flight >= options_.entries_in_flight) break;
    const uint64_t waiting = log_.count(peer.sent, log_.last());
    if (may_wait(peer.match, peer.last_from, waiting, options_.entries_per_message)) break;
    uint64_t most =
        std::min<uint64_t>(options_.entries_per_message, options_.entries_in_flight - in_flight);
    if (!peer.new_leader_sent) most = std::min(most, log_.count(peer.sent, peer.target));
    std::vector<Zxid> entries = log_.after(peer.sent, most);
    peer.last_from = std::exchange(peer.sent, entries.back());
    send(to, peer.link, ZabProposals{peer.last_from, std::move(entries)});
  }
  send_commit(to, peer);
}

void ZabCore::send_commit(ServerId to, Peer& peer) {
  if (phase_ != ZabPhase::broadcast || !peer.joined) return;
  const Zxid committed = std::min(committed_, peer.sent);
  if (committed <= peer.committed_told) return;
  peer.committed_told = committed;
  send(to, peer.link, ZabCommit{committed});
}

void ZabCore::on(const ZabAck& ack, const ZabMessage& message) {
  Peer& peer = peers_.at(message.from);
  if (!is_ours(ack.zxid) && rules_hold()) return;  // no follower of ours says that
  if (peer.flow == Flow::snapshot) {
    peer.flow = Flow::entries;
    peer.sent = ack.zxid;
    peer.last_from = kNoZxid;
  }
  peer.match = std::max(peer.match, ack.zxid);
  send_entries(message.from, peer);
  advance_commit();
}

Zxid ZabCore::match_of_quorum() const {
  std::vector<Zxid> matches{rules_.ack_after_sync ? synced_ : log_.last()};
  for (const auto& [server, peer] : peers_) {
    if (peer.joined || !rules_.acks_count_once_joined) matches.push_back(peer.match);
  }
  std::sort(matches.begin(), matches.end(), std::greater<>());
  const size_t needed = rules_.commit_needs_quorum ? quorum() : std::max<size_t>(quorum() - 1, 1);
  return matches.size() < needed ? kNoZxid : matches[needed - 1];
}

void ZabCore::advance_commit() {
  if (phase_ != ZabPhase::broadcast) return;
  const Zxid zxid = match_of_quorum();
  if (zxid <= committed_) return;
  set_committed(zxid);
  for (auto& [server, peer] : peers_) send_commit(server, peer);
}

// --- pings and reads -----------------------------------------------------------------------------

void ZabCore::ping_all() {
  heartbeat_deadline_ = moment_.now + options_.heartbeat_interval;
  for (auto& [server, peer] : peers_) {
    if (peer.link.id == 0) continue;
    if (peer.flow == Flow::snapshot && moment_.now >= peer.retry) send_snapshot(server, peer);
    send(server, peer.link, ZabPing{round_, peer.sent});
  }
}

void ZabCore::on(const ZabPong& pong, const ZabMessage& message) {
  if (message.epoch != hard_.accepted_epoch) return;
  Peer& peer = peers_.at(message.from);
  peer.round = std::max(peer.round, pong.round);
  answer_reads();
}

ZabEffects ZabCore::read(uint64_t id, Moment moment) {
  moment_ = moment;
  if (reported_.role != RaftRole::leader || reads_.size() >= options_.reads_waiting) {
    out_.reads.push_back({id, std::nullopt});
    return take();
  }
  reads_.push_back({id, ++round_});
  ping_all();
  answer_reads();
  return take();
}

// Whoever answered this round had promised no later epoch then, so none had begun: and all that was
// committed before this one is so with it.
void ZabCore::answer_reads() {
  while (!reads_.empty()) {
    const uint64_t round = reads_.front().round;
    const auto heard = std::count_if(peers_.begin(), peers_.end(), [round](const auto& entry) {
      return entry.second.round >= round;
    });
    if (static_cast<size_t>(heard) + 1 < quorum() && rules_.read_needs_round) return;
    out_.reads.push_back({reads_.front().id, committed_});
    reads_.pop_front();
  }
}

void ZabCore::refuse_reads() {
  for (const WaitingRead& read : reads_) out_.reads.push_back({read.id, std::nullopt});
  reads_.clear();
}

}  // namespace weir
