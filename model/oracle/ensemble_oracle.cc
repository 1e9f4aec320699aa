#include "model/oracle/ensemble_oracle.h"

#include <fmt/core.h>

#include <algorithm>

namespace weir {
namespace {

std::string text(Zxid zxid) { return fmt::format("({},{})", epoch_of(zxid), counter_of(zxid)); }

}  // namespace

size_t EnsembleOracle::find(Zxid zxid) const {
  const auto at =
      std::lower_bound(history_.begin(), history_.end(), zxid,
                       [](const Transaction& one, Zxid other) { return one.zxid < other; });
  const bool there = at != history_.end() && at->zxid == zxid;
  return there ? static_cast<size_t>(at - history_.begin()) : history_.size();
}

size_t EnsembleOracle::position(uint32_t server) const {
  const auto at = servers_.find(server);
  return at == servers_.end() ? 0 : at->second.position;
}

void EnsembleOracle::report(std::string kind, std::string sentence) {
  anomalies_.push_back({std::move(kind), std::move(sentence)});
}

void EnsembleOracle::diverge(Server& server, std::string kind, std::string sentence) {
  server.diverged = true;
  report(std::move(kind), std::move(sentence));
}

void EnsembleOracle::restored(uint32_t id, Zxid zxid) {
  Server& server = servers_[id];
  if (server.diverged) return;
  if (zxid == kNoZxid) {
    server.position = 0;
    return;
  }
  const size_t at = find(zxid);
  if (at == history_.size()) {
    return diverge(
        server, "unknown",
        fmt::format("server {} begins behind {}, which nobody has applied", id, text(zxid)));
  }
  server.position = at + 1;
}

void EnsembleOracle::applied(uint32_t id, Zxid zxid, uint64_t digest) {
  Server& server = servers_[id];
  if (server.diverged) return;
  if (server.position > 0 && zxid <= history_[server.position - 1].zxid) {
    return diverge(server, "repeated",
                   fmt::format("server {} applies {} behind {}", id, text(zxid),
                               text(history_[server.position - 1].zxid)));
  }
  if (server.position == history_.size()) {
    history_.push_back({zxid, digest, id});
    server.position = history_.size();
    return;
  }
  const Transaction& next = history_[server.position];
  if (next.zxid != zxid) {
    return diverge(
        server, "diverged",
        fmt::format("server {} applies {} where server {} has applied {}, which is lost there", id,
                    text(zxid), next.first, text(next.zxid)));
  }
  if (next.digest != digest) {
    return diverge(server, "altered",
                   fmt::format("server {} applies another transaction as {} than server {} has", id,
                               text(zxid), next.first));
  }
  ++server.position;
}

void EnsembleOracle::role(uint32_t id, EnsembleRole role, uint32_t epoch, uint32_t leader) {
  Server& server = servers_[id];
  server.role = role;
  if (role == EnsembleRole::looking) return;
  if (epoch < server.epoch) {
    report("epoch",
           fmt::format("server {} {} in epoch {} and was in epoch {} before", id,
                       role == EnsembleRole::leading ? "leads" : "follows", epoch, server.epoch));
  }
  server.epoch = std::max(server.epoch, epoch);
  const auto [at, is_first] = leader_of_.emplace(epoch, leader);
  if (at->second != leader) {
    report("leaders",
           fmt::format("epoch {} is led by server {} and, as server {} says, by server {}", epoch,
                       at->second, id, leader));
  }
}

// Whoever commits it first says so first: of what is committed already nothing is new to others.
void EnsembleOracle::committed(uint32_t id, Zxid zxid) {
  if (zxid <= judged_) return;
  judged_ = zxid;
  const auto other = durable_.could_lead_without(zxid);
  if (!other) return;
  report("endangered",
         fmt::format("server {} holds {} for committed, and if the power went now server {} could lead without it",
                     id, text(zxid), *other));
}

void EnsembleOracle::voted(uint32_t id, uint32_t term, uint32_t candidate) {
  Server& server = servers_[id];
  if (term < server.word || (term == server.word && candidate != server.voted_for)) {
    report("votes", fmt::format("server {} votes for server {} in term {}, and has voted for server {} in term {}",
                                id, candidate, term, server.voted_for, server.word));
  }
  voices_[{term, candidate}].insert(id);
  if (term <= server.word) return;
  server.word = term;
  server.voted_for = candidate;
}

// Only the first promise of an epoch makes a leader: who says it again may have given it to another.
void EnsembleOracle::promised(uint32_t id, uint32_t epoch, uint32_t leader) {
  check_goes_on(id, epoch);
  if (epoch <= servers_[id].word) return;
  servers_[id].word = epoch;
  voices_[{epoch, leader}].insert(id);
}

void EnsembleOracle::asks(uint32_t id, uint32_t epoch) { check_goes_on(id, epoch); }

void EnsembleOracle::check_goes_on(uint32_t id, uint32_t epoch) {
  if (epoch >= servers_[id].word) return;
  report("votes", fmt::format("server {} says that it has promised epoch {}, and has promised epoch {} before", id,
                              epoch, servers_[id].word));
}

// Its own voice is in it, said or not.
void EnsembleOracle::won(uint32_t id, uint32_t epoch) {
  auto& voices = voices_[{epoch, id}];
  voices.insert(id);
  if (voices.size() >= majority_) return;
  report("votes", fmt::format("server {} begins to lead in epoch {} with {} voices, and a majority is {}", id, epoch,
                              voices.size(), majority_));
}

void EnsembleOracle::wiped(uint32_t id) {
  servers_[id].word = servers_[id].voted_for = 0;
  durable_.wiped(id);
}

void EnsembleOracle::down(uint32_t server) { servers_[server].role = EnsembleRole::looking; }

uint32_t EnsembleOracle::leader() const {
  uint32_t leader = 0;
  uint32_t epoch = 0;
  for (const auto& [id, server] : servers_) {
    if (server.role != EnsembleRole::leading || server.epoch < epoch) continue;
    leader = id;
    epoch = server.epoch;
  }
  return leader;
}

}  // namespace weir
