#include "tests/coordination/core_cluster.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

std::string text(Zxid zxid) { return fmt::format("({},{})", epoch_of(zxid), counter_of(zxid)); }

bool is_prefix(const std::vector<Zxid>& prefix, const std::vector<Zxid>& of) {
  return prefix.size() <= of.size() && std::equal(prefix.begin(), prefix.end(), of.begin());
}

}  // namespace

template <class Engine>
CoreCluster<Engine>::CoreCluster(size_t servers, Rules rules, Options options, uint64_t seed)
    : rules_(rules), draw_(seed) {
  for (size_t i = 0; i < servers; ++i) {
    options.servers.push_back(ServerId{static_cast<int64_t>(i) + 1});
  }
  for (size_t i = 0; i < servers; ++i) {
    Server& server = servers_.emplace_back();
    server.options = options;
    server.options.self = ServerId{static_cast<int64_t>(i) + 1};
  }
  for (size_t i = 0; i < servers; ++i) restart(i);
}

template <class Engine>
std::optional<size_t> CoreCluster<Engine>::leader() const {
  std::optional<size_t> found;
  for (size_t i = 0; i < size(); ++i) {
    if (!is_up(i) || servers_[i].core->role() != RaftRole::leader) continue;
    if (!found || servers_[i].core->term() > servers_[*found].core->term()) found = i;
  }
  return found;
}

template <class Engine>
void CoreCluster<Engine>::violated(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

// --- what happens --------------------------------------------------------------------------------

template <class Engine>
void CoreCluster<Engine>::tick(size_t server) {
  if (is_up(server)) apply(server, core(server).tick(moment()));
}

template <class Engine>
void CoreCluster<Engine>::tick_all() {
  for (size_t i = 0; i < size(); ++i) {
    if (is_up(i) && core(i).deadline() <= now_) tick(i);
  }
}

template <class Engine>
void CoreCluster<Engine>::time_out(size_t server) {
  now_ = std::max(now_, core(server).deadline());
  tick(server);
}

template <class Engine>
void CoreCluster<Engine>::propose(size_t server, size_t count, Sending sending) {
  if (is_up(server)) apply(server, core(server).propose(count, moment(), sending));
}

template <class Engine>
void CoreCluster<Engine>::flush(size_t server) {
  if (is_up(server)) apply(server, core(server).flush(moment()));
}

template <class Engine>
void CoreCluster<Engine>::read(size_t server) {
  if (!is_up(server)) return;
  const uint64_t id = next_read_++;
  asked_[id] = committed_.size();
  apply(server, core(server).read(id, moment()));
}

template <class Engine>
void CoreCluster<Engine>::apply_write(std::vector<Zxid>& log, const Write& write) const {
  if (write.install) {
    const auto end = std::find(committed_.begin(), committed_.end(), *write.install);
    log.assign(committed_.begin(), end == committed_.end() ? end : end + 1);
  }
  if (write.truncate_after) {
    std::erase_if(log, [&](Zxid zxid) { return zxid > *write.truncate_after; });
  }
  log.insert(log.end(), write.append.begin(), write.append.end());
}

template <class Engine>
void CoreCluster<Engine>::make_durable(Server& server, size_t writes) {
  writes = std::min(writes, server.writes.size());
  for (size_t i = 0; i < writes; ++i) {
    apply_write(server.durable, server.writes[i]);
    if (server.writes[i].install) server.base = *server.writes[i].install;
  }
  server.writes.erase(server.writes.begin(), server.writes.begin() + static_cast<int64_t>(writes));
}

template <class Engine>
void CoreCluster<Engine>::sync(size_t server, size_t writes) {
  Server& at = servers_.at(server);
  writes = std::min(writes, at.writes.size());
  if (!is_up(server) || writes == 0) return;
  const uint64_t number = at.writes[writes - 1].number;
  make_durable(at, writes);
  apply(server, core(server).written(number, moment()));
}

template <class Engine>
void CoreCluster<Engine>::crash(size_t server, size_t writes) {
  Server& at = servers_.at(server);
  at.core.reset();
  make_durable(at, writes);
  at.writes.clear();
}

template <class Engine>
void CoreCluster<Engine>::wipe(size_t server) {
  crash(server);
  Server& at = servers_.at(server);
  at.wiped.insert(at.durable.begin(), at.durable.end());
  at.durable.clear();
  at.base = kNoZxid;
  at.hard_state = {};
  at.hard_state.reinitialised = true;
}

template <class Engine>
void CoreCluster<Engine>::restart(size_t server) {
  Server& at = servers_.at(server);
  if (at.core != nullptr) return;
  typename Engine::Saved saved{
      .hard_state = at.hard_state, .base = at.base, .snapshot = at.base, .entries = {}};
  for (const Zxid zxid : at.durable) {
    if (zxid > at.base) saved.entries.push_back(zxid);
  }
  at.log = at.durable;
  at.committed = 0;
  at.core = std::make_unique<Core>(at.options, saved, moment(), rules_);
  if (at.base > kNoZxid) check_commit(server, at.base);
}

template <class Engine>
void CoreCluster<Engine>::compact(size_t server, uint64_t percent) {
  Server& at = servers_.at(server);
  if (!is_up(server)) return;
  std::vector<Zxid> candidates;
  for (const Zxid zxid : at.durable) {
    if (zxid > at.base && zxid <= std::min(at.core->committed(), at.core->synced())) {
      candidates.push_back(zxid);
    }
  }
  if (candidates.empty()) return;
  at.base = candidates.at((candidates.size() - 1) * percent / 100);
  at.core->compact(at.base, at.base);
}

template <class Engine>
bool CoreCluster<Engine>::is_open(const Message& message) const {
  return !servers_.at(place(message.from)).cut_off && !servers_.at(place(message.to)).cut_off;
}

template <class Engine>
void CoreCluster<Engine>::deliver(size_t message, bool keep) {
  const Message delivered = network_.at(message);
  if (!keep) drop(message);
  const size_t to = place(delivered.to);
  if (!is_up(to) || !is_open(delivered)) return;
  if (std::holds_alternative<typename Engine::LifeReply>(delivered.body)) {
    auto& replies = servers_[to].life_replies;
    replies.push_back(delivered);
    if (replies.size() > 30) replies.pop_front();
  }
  apply(to, core(to).receive(delivered, moment()));
}

template <class Engine>
void CoreCluster<Engine>::repeat_life_replies(size_t server, uint64_t percent) {
  const auto& replies = servers_.at(server).life_replies;
  const size_t oldest = draw_.below(replies.size() + 1);
  for (size_t i = 0; i < oldest; ++i) {
    if (draw_.below(100) < percent) forge(replies[i]);
  }
}

template <class Engine>
void CoreCluster<Engine>::shorten(size_t message) {
  using Entries =
      std::conditional_t<std::is_same_v<Engine, ZabParts>, ZabProposals, AppendRequest>;
  auto* const body = std::get_if<Entries>(&network_.at(message).body);
  if (body != nullptr && body->entries.size() > 1) body->entries.resize(1);
}

template <class Engine>
void CoreCluster<Engine>::forge(const Message& message) {
  const size_t to = place(message.to);
  if (is_up(to)) apply(to, core(to).receive(message, moment()));
}

template <class Engine>
void CoreCluster<Engine>::drop(size_t message) {
  network_.erase(network_.begin() + static_cast<int64_t>(message));
}

template <class Engine>
void CoreCluster<Engine>::settle() {
  std::vector<size_t> all;
  for (size_t i = 0; i < size(); ++i) all.push_back(i);
  settle_among(all);
}

template <class Engine>
void CoreCluster<Engine>::settle_among(const std::vector<size_t>& servers) {
  const auto in = [&](ServerId id) {
    return std::find(servers.begin(), servers.end(), place(id)) != servers.end();
  };
  for (int step = 0; step < 10'000; ++step) {
    for (const size_t server : servers) sync(server);
    if (network_.empty()) return;
    if (in(network_.front().from) && in(network_.front().to)) {
      deliver(0);
    } else {
      drop(0);
    }
  }
  violated("the messages do not come to an end");
}

// --- what comes of it, and the checks ------------------------------------------------------------

template <class Engine>
void CoreCluster<Engine>::apply(size_t server, Effects effects) {
  Server& at = servers_.at(server);
  if (effects.hard_state) at.hard_state = *effects.hard_state;
  if (effects.role) check_role(server, *effects.role);
  if constexpr (requires { effects.phases; }) {
    at.phases.insert(at.phases.end(), effects.phases.begin(), effects.phases.end());
  }
  if (effects.write != 0) {
    Write write{effects.write, effects.install, effects.truncate_after, effects.append};
    for (const Zxid zxid : at.log) {
      const bool gone = effects.truncate_after && zxid > *effects.truncate_after;
      if (!gone || std::find(committed_.begin(), committed_.end(), zxid) == committed_.end())
        continue;
      violated(fmt::format("server {} cuts off {}, which is committed", server, text(zxid)));
    }
    apply_write(at.log, write);
    check_log(at);
    at.writes.push_back(std::move(write));
  }
  for (Message& message : effects.messages) network_.push_back(std::move(message));
  if (effects.committed && violation_.empty()) check_commit(server, *effects.committed);
  for (const ReadAnswer& answer : effects.reads) {
    const size_t asked = asked_.at(answer.id);
    if (answer.at && asked > 0 && *answer.at < committed_[asked - 1]) {
      violated(fmt::format("a read is answered at {}, {} was committed", text(*answer.at),
                           text(committed_[asked - 1])));
    }
    reads_.push_back(answer);
  }
}

template <class Engine>
void CoreCluster<Engine>::check_role(size_t server, const RoleChange& change) {
  if (change.role != RaftRole::leader) return;
  const auto [entry, first] = leaders_.emplace(change.term, server);
  if (!first && entry->second != server) {
    violated(fmt::format("term {} has two leaders, {} and {}", change.term, entry->second, server));
  }
  if (!is_prefix(committed_, servers_.at(server).log)) {
    violated(
        fmt::format("server {} leads term {} without all that was committed", server, change.term));
  }
}

template <class Engine>
void CoreCluster<Engine>::check_log(const Server& server) {
  Zxid before;
  for (const Zxid zxid : server.log) {
    const auto [entry, first] = previous_.emplace(zxid, before);
    if (!first && entry->second != before) {
      violated(fmt::format("{} follows {} in one log, {} in another", text(zxid), text(before),
                           text(entry->second)));
    }
    before = zxid;
  }
}

template <class Engine>
void CoreCluster<Engine>::check_commit(size_t server, Zxid zxid) {
  Server& at = servers_.at(server);
  const auto end = std::upper_bound(at.log.begin(), at.log.end(), zxid);
  const std::vector<Zxid> now(at.log.begin(), end);
  at.committed = now.size();
  if (now.empty() || now.back() != zxid) {
    return violated(fmt::format("server {} commits {}, which it has not got", server, text(zxid)));
  }
  if (is_prefix(now, committed_)) return;
  if (!is_prefix(committed_, now)) {
    return violated(
        fmt::format("server {} commits {} where another is committed", server, text(zxid)));
  }
  committed_ = now;
  size_t durable = 0;
  for (const Server& other : servers_) {
    const bool is =
        std::find(other.durable.begin(), other.durable.end(), zxid) != other.durable.end();
    if (is || other.wiped.contains(zxid)) ++durable;
  }
  if (durable < size() / 2 + 1) {
    violated(fmt::format("{} is committed and durable at {} of {}", text(zxid), durable, size()));
  }
}

template class CoreCluster<RaftParts>;
template class CoreCluster<ZabParts>;

}  // namespace weir
