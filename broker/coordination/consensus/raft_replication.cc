// Logs and commits: what a follower takes, what a leader sends, and when an entry is safe.
//
// A follower acks what is both the same as the leader's (agreed_) and durable (synced_). A leader
// commits what a majority has acked, itself counted like the others, but only entries of its own
// term: an older one on a majority of logs may still be overwritten (figure 8). All before it are
// committed with it.
#include <algorithm>
#include <utility>

#include "broker/coordination/consensus/raft_core.h"

namespace weir {
namespace {

bool is_well_formed(const AppendRequest& request) {
  Zxid previous = request.previous;
  for (const Zxid zxid : request.entries) {
    if (!RaftLog::can_follow(previous, zxid)) return false;
    previous = zxid;
  }
  return previous.value() >= 0;
}

}  // namespace

// --- durable -------------------------------------------------------------------------------------

void RaftCore::note_write() {
  if (!out_.install && !out_.truncate_after && out_.append.empty()) return;
  out_.write = ++last_write_;
  writes_.push_back({last_write_, log_.last()});
}

RaftEffects RaftCore::written(uint64_t write, Moment moment) {
  moment_ = moment;
  const Zxid before = synced_;
  while (!writes_.empty() && writes_.front().number <= write) {
    synced_ = std::max(synced_, writes_.front().last);
    writes_.pop_front();
  }
  if (synced_ == before) return take();
  if (role_ == RaftRole::leader) {
    advance_commit();
  } else if (leader_) {
    acknowledge(last_round_);
  }
  return take();
}

void RaftCore::set_committed(Zxid zxid) {
  CHECK(zxid > committed_ && (log_.contains(zxid) || !rules_hold()));
  committed_ = zxid;
  out_.committed = zxid;
}

void RaftCore::compact(Zxid base, Zxid snapshot) {
  CHECK_MSG(base <= snapshot && snapshot <= committed_ && base <= synced_,
            "only what is committed and durable can be in a snapshot");
  CHECK(snapshot >= snapshot_);
  log_.compact_to(std::max(base, log_.base()));
  snapshot_ = snapshot;
}

// --- follower ------------------------------------------------------------------------------------

void RaftCore::on(const AppendRequest& request, ServerId from, uint32_t /*term*/) {
  if (!is_well_formed(request)) return;
  CHECK(role_ != RaftRole::leader || !rules_hold());  // a term has one leader
  hear_leader(from);
  last_round_ = std::max(last_round_, request.round);
  AppendRequest rest = request;
  // What is committed here is in every later leader's log, and may be compacted here.
  std::erase_if(rest.entries, [this](Zxid zxid) { return zxid <= committed_; });
  rest.previous = std::max(rest.previous, committed_);
  const Zxid before = log_.last_at_or_before(rest.previous);
  const bool taken_anyway = !rules_.entries_match_before && !rest.entries.empty() &&
                            RaftLog::can_follow(before, rest.entries.front());
  if (!log_.contains(rest.previous) && !taken_anyway) {
    return send(from, hard_.term,
                AppendReply{.refused = request.previous, .hint = before, .round = request.round});
  }
  if (taken_anyway) rest.previous = before;
  take_entries(rest);
  if (request.tells) return;
  // What was written is acked once it is durable.
  if (out_.append.empty() || !rules_.ack_after_sync) acknowledge(request.round);
}

void RaftCore::take_entries(const AppendRequest& request) {
  Zxid at = request.previous;  // of the request, and in our log
  auto next = request.entries.begin();
  while (next != request.entries.end() && log_.contains(*next)) at = *next++;
  const bool differs = next != request.entries.end() || !rules_.stale_append_cuts_nothing;
  if (differs && log_.last() > at) {
    CHECK_MSG(at >= committed_ || !rules_hold(), "what is committed is never cut off");
    CHECK_MSG(at >= agreed_ || !rules_hold(), "a leader never takes back what it has sent");
    log_.truncate_after(at);
    out_.truncate_after = at;
    synced_ = std::min(synced_, at);
    for (Write& write : writes_) write.last = std::min(write.last, at);
  }
  for (; next != request.entries.end(); ++next) {
    log_.append(*next);
    out_.append.push_back(*next);
    at = *next;
  }
  agreed_ = std::max(agreed_, at);
  const Zxid committed = std::min(request.committed, at);
  if (committed > committed_) set_committed(committed);
}

void RaftCore::acknowledge(uint64_t round) {
  const Zxid match = rules_.ack_after_sync ? std::min(agreed(), synced_) : agreed();
  send(*leader_, hard_.term, AppendReply{.matched = true, .match = match, .round = round});
}

void RaftCore::on(const SnapshotRequest& request, ServerId from, uint32_t /*term*/) {
  CHECK(role_ != RaftRole::leader || !rules_hold());
  hear_leader(from);
  last_round_ = std::max(last_round_, request.round);
  if (request.zxid > committed_ && !log_.contains(request.zxid)) {
    log_.restart_at(request.zxid);
    snapshot_ = request.zxid;
    synced_ = kNoZxid;
    writes_.clear();
    agreed_ = request.zxid;
    out_.install = request.zxid;
    return set_committed(request.zxid);
  }
  if (request.zxid > committed_) set_committed(request.zxid);
  acknowledge(request.round);
}

// --- leader --------------------------------------------------------------------------------------

RaftEffects RaftCore::propose(size_t count, Moment moment, Sending sending) {
  moment_ = moment;
  if (role_ != RaftRole::leader || count == 0) return take();
  if (counter_of(log_.last()) + uint64_t{count} > options_.last_counter) {
    become_follower(hard_.term, std::nullopt);  // the next leader counts from 1
    return take();
  }
  append_own(count);
  return sending == Sending::now ? flush(moment) : take();
}

RaftEffects RaftCore::flush(Moment moment) {
  moment_ = moment;
  for (auto& [server, peer] : peers_) send_entries(server, peer, Besides::nothing);
  return take();
}

void RaftCore::append_own(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Zxid last = log_.last();
    const uint32_t counter = epoch_of(last) == hard_.term ? counter_of(last) + 1 : 1;
    log_.append(make_zxid(hard_.term, counter));
    out_.append.push_back(log_.last());
  }
  if (!rules_.ack_after_sync) advance_commit();
}

void RaftCore::broadcast(Besides besides) {
  if (besides == Besides::heartbeat) heartbeat_deadline_ = moment_.now + options_.heartbeat_interval;
  for (auto& [server, peer] : peers_) send_entries(server, peer, besides);
}

// Unless `besides` is nothing something is sent in any case. To a peer that is probed it is the question.
void RaftCore::send_entries(ServerId to, Peer& peer, Besides besides) {
  if (peer.flow == Flow::snapshot) {
    if (besides == Besides::nothing) return;
    if (moment_.now >= peer.retry) return send_snapshot(to, peer);
    return send(to, hard_.term, AppendRequest{log_.base(), {}, committed_, round_});
  }
  if (peer.sent < log_.base()) return send_snapshot(to, peer);
  bool sent = false;
  while (peer.flow == Flow::replicating && peer.sent < log_.last()) {
    const uint64_t in_flight = log_.count(peer.match, peer.sent);
    if (in_flight >= options_.entries_in_flight) break;
    const uint64_t waiting = log_.count(peer.sent, log_.last());
    if (besides == Besides::nothing &&
        may_wait(peer.match, peer.last_from, waiting, options_.entries_per_message)) {
      break;
    }
    const uint64_t most =
        std::min<uint64_t>(options_.entries_per_message, options_.entries_in_flight - in_flight);
    std::vector<Zxid> entries = log_.after(peer.sent, most);
    const Zxid last = entries.back();
    send(to, hard_.term, AppendRequest{peer.sent, std::move(entries), committed_, round_});
    peer.last_from = std::exchange(peer.sent, last);
    sent = true;
  }
  if (besides != Besides::nothing && !sent) {
    const bool tells = besides == Besides::commit && peer.flow == Flow::replicating;
    send(to, hard_.term, AppendRequest{peer.sent, {}, committed_, round_, tells});
  }
}

void RaftCore::send_snapshot(ServerId to, Peer& peer) {
  CHECK_MSG(snapshot_ >= log_.base(), "what is compacted is in a snapshot");
  peer.flow = Flow::snapshot;
  peer.sent = snapshot_;
  peer.last_from = kNoZxid;
  peer.retry = moment_.now + options_.snapshot_retry;
  send(to, hard_.term, SnapshotRequest{snapshot_, round_});
}

void RaftCore::on(const AppendReply& reply, ServerId from, uint32_t /*term*/) {
  if (role_ != RaftRole::leader) return;
  Peer& peer = peers_.at(from);
  if (reply.round < peer.first_round) return;
  peer.heard = moment_.now;
  peer.round = std::max(peer.round, reply.round);
  answer_reads();
  if (!reply.matched) {
    // Of a question that was asked before the last one.
    const bool stale = peer.flow == Flow::snapshot || reply.refused <= peer.match ||
                       (peer.flow == Flow::probing && reply.refused != peer.sent);
    if (stale || reply.hint >= reply.refused) return;
    peer.flow = Flow::probing;
    const Zxid ours = reply.hint < log_.base() ? reply.hint : log_.last_at_or_before(reply.hint);
    peer.sent = std::max(peer.match, ours);
    peer.last_from = kNoZxid;
    return send_entries(from, peer, Besides::heartbeat);
  }
  const bool ours = reply.match < log_.base() || log_.contains(reply.match);
  if (!ours && rules_hold()) return;  // no follower of ours says that
  peer.match = std::max(peer.match, reply.match);
  if (peer.flow == Flow::snapshot && peer.match < std::min(peer.sent, log_.base())) return;
  if (peer.flow == Flow::snapshot) peer.sent = peer.match;
  peer.flow = Flow::replicating;
  peer.sent = std::max(peer.sent, peer.match);
  send_entries(from, peer, Besides::nothing);
  advance_commit();
}

Zxid RaftCore::match_of_majority() const {
  std::vector<Zxid> matches{rules_.ack_after_sync ? synced_ : log_.last()};
  for (const auto& [server, peer] : peers_) matches.push_back(peer.match);
  std::sort(matches.begin(), matches.end(), std::greater<>());
  const size_t needed =
      rules_.commit_needs_majority ? majority() : std::max<size_t>(majority() - 1, 1);
  return matches.at(needed - 1);
}

void RaftCore::advance_commit() {
  const Zxid zxid = match_of_majority();
  if (zxid <= committed_) return;
  if (epoch_of(zxid) != hard_.term && rules_.commit_counts_own_term_only) return;
  set_committed(zxid);
  answer_reads();
  broadcast(Besides::commit);  // followers apply it
}

// --- reads (thesis 6.4) --------------------------------------------------------------------------

RaftEffects RaftCore::read(uint64_t id, Moment moment) {
  moment_ = moment;
  if (role_ != RaftRole::leader || reads_.size() >= options_.reads_waiting) {
    out_.reads.push_back({id, std::nullopt});
    return take();
  }
  reads_.push_back({id, ++round_});
  broadcast(Besides::heartbeat);
  answer_reads();
  return take();
}

// Whoever answered this round had no later leader then; and with an entry of this term committed
// `committed_` has everything that was committed before it.
void RaftCore::answer_reads() {
  if (epoch_of(committed_) != hard_.term && rules_.read_needs_round) return;
  while (!reads_.empty()) {
    const uint64_t round = reads_.front().round;
    const auto heard = std::count_if(peers_.begin(), peers_.end(), [round](const auto& entry) {
      return entry.second.round >= round;
    });
    if (static_cast<size_t>(heard) + 1 < majority() && rules_.read_needs_round) return;
    out_.reads.push_back({reads_.front().id, committed_});
    reads_.pop_front();
  }
}

void RaftCore::refuse_reads() {
  for (const WaitingRead& read : reads_) out_.reads.push_back({read.id, std::nullopt});
  reads_.clear();
}

}  // namespace weir
