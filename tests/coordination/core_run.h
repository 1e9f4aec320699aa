// CoreRun: a run of a CoreCluster over a network that loses, doubles and reorders, on machines that
// die and forget; and how many of them it takes to find that a rule is broken.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "sim/base/stream.h"
#include "tests/coordination/core_cluster.h"

namespace weir {

// How a run goes about it; drawn, so that no two kinds of run look alike.
struct Temper {
  uint64_t drop_percent = 0;
  uint64_t double_percent = 0;
  uint64_t crash_per_mille = 0;
  uint64_t restart_per_mille = 20;
  uint64_t cut_per_mille = 0;
  uint64_t blackout_per_mille = 0;  // all die at once, and come back one after the other
  uint64_t compact_per_mille = 5;
  uint64_t shorten_percent = 0;
  uint64_t flush_percent = 0;  // 0: what is proposed is sent at once
  uint64_t lie_per_mille = 0;  // Zab
  uint64_t sync_percent = 20;  // of the steps: few with slow disks
  uint64_t wipe_per_mille = 0;
  uint64_t pass_ms = 150;  // at most, at once; much of it makes several servers impatient together
  enum class Order : uint8_t { as_sent, any, newest_first } order = Order::any;
};

// Makes `server` settle on `leader` when it looks. Whom an election ends with is no matter of
// safety.
inline void mislead(ZabCluster& cluster, size_t server, size_t leader, uint64_t round) {
  if (!cluster.is_up(server) || !cluster.is_up(leader)) return;
  const auto id = [](size_t place) { return ServerId{static_cast<int64_t>(place) + 1}; };
  const ZabCore& core = cluster.core(leader);
  for (size_t from = 0; from < cluster.size(); ++from) {
    if (from == server) continue;
    // To the leader they look and vote for it; to others they say that it leads.
    ZabNotification lie{
        ZabState::looking, round, {core.current_epoch(), core.log().last(), id(leader)}};
    if (leader != server) lie.state = from == leader ? ZabState::leading : ZabState::following;
    cluster.forge({id(from), id(server), core.term(), 0, 0, lie});
  }
}
inline void mislead(RaftCluster&, size_t, size_t, uint64_t) {}

// Whether disks are emptied, a minority's at a time.
enum class Disks : uint8_t { stay, wiped };

template <class Engine>
class CoreRun {
 public:
  using Rules = typename Engine::Rules;

  CoreRun(uint64_t seed, size_t servers, const Rules& rules, Disks disks = Disks::stay)
      : draw_(seed, Engine::kDraw, servers, Engine::kDraw),
        cluster_(servers, less_calm(rules, seed), options(seed), seed),
        temper_(drawn(draw_, disks)) {}

  // Ends early at a violation.
  void live(int steps) {
    for (int i = 0; i < steps && cluster_.violation().empty(); ++i) step();
  }
  // No more faults: there must be a leader soon, and all logs become one.
  void converge() {
    for (size_t i = 0; i < cluster_.size(); ++i) {
      cluster_.cut_off(i, false);
      cluster_.restart(i);
    }
    cluster_.drop_all();
    for (int beat = 0; beat < 200 && cluster_.violation().empty(); ++beat) {
      cluster_.pass(milliseconds(100));
      cluster_.tick_all();
      cluster_.settle();
    }
    if (const auto leader = cluster_.leader()) cluster_.propose(*leader);
    cluster_.settle();
  }
  [[nodiscard]] bool converged() {
    const auto leader = cluster_.leader();
    if (!leader) return false;
    for (size_t i = 0; i < cluster_.size(); ++i) {
      if (cluster_.log_of(i) != cluster_.log_of(*leader)) return false;
      if (cluster_.core(i).committed() != cluster_.core(*leader).log().last()) return false;
    }
    return cluster_.committed() == cluster_.log_of(*leader);
  }
  CoreCluster<Engine>& cluster() { return cluster_; }

 private:
  static RaftRules less_calm(RaftRules rules, uint64_t seed) {
    if (seed % 2 == 0) rules.pre_vote = false;
    if (seed % 5 == 0) rules.check_quorum = false;
    return rules;
  }
  static ZabRules less_calm(ZabRules rules, uint64_t /*seed*/) { return rules; }
  static typename Engine::Options options(uint64_t seed) {
    typename Engine::Options options;
    options.entries_per_message = 1 + seed % 3;
    options.entries_in_flight = 2 + seed % 5;
    options.snapshot_retry = seconds(1);
    // A leader that is cut off then leads for long.
    if (std::is_same_v<Engine, ZabParts> && seed % 4 < 2) options.election_timeout = seconds(5);
    return options;
  }
  static Temper drawn(Stream& draw, Disks disks) {
    constexpr bool kZab = std::is_same_v<Engine, ZabParts>;
    Temper temper;
    if (disks == Disks::wiped) temper.wipe_per_mille = 3 + draw.below(3) * 6;
    // A loss ends a link of Zab's, and with many nothing ever happens.
    temper.drop_percent = draw.below(3) * (kZab ? 3 : 10);
    temper.double_percent = draw.below(3) * 5;
    temper.crash_per_mille = draw.below(5) * 5;
    temper.cut_per_mille = draw.below(4) * 4;
    temper.pass_ms = std::array<uint64_t, 4>{30, 150, 600, 3000}.at(draw.below(kZab ? 3 : 4));
    temper.order = static_cast<Temper::Order>(draw.below(3));
    // What was said to one life, or by it, comes to the next.
    if (disks == Disks::wiped) temper.double_percent = draw.below(3) * 20;
    if (!kZab) return temper;
    temper.restart_per_mille = 20 + draw.below(3) * 30;
    temper.blackout_per_mille = std::array<uint64_t, 3>{0, 0, 5}.at(draw.below(3));
    temper.compact_per_mille = draw.below(3) * 20;
    temper.lie_per_mille = draw.below(4) * 5;
    temper.shorten_percent = draw.below(3) * 3;
    temper.flush_percent = draw.below(3) * 10;
    temper.sync_percent = std::array<uint64_t, 3>{3, 8, 20}.at(draw.below(3));
    return temper;
  }
  // Of the latest term, or of whatever one; anybody when none leads.
  size_t latest_leader() { return cluster_.leader().value_or(any_server()); }
  size_t any_leader() {
    const size_t first = any_server();
    for (size_t i = 0; i < cluster_.size(); ++i) {
      const size_t server = (first + i) % cluster_.size();
      const bool leads = cluster_.is_up(server) && cluster_.core(server).role() == RaftRole::leader;
      if (leads) return server;
    }
    return first;
  }
  size_t any_server() { return draw_.below(cluster_.size()); }
  bool in(uint64_t rate, uint64_t of) { return draw_.below(of) < rate; }

  void step() {
    if (in(temper_.crash_per_mille, 1000)) {
      const size_t server = any_server();
      cluster_.crash(server, draw_.below(cluster_.unsynced(server) + 1));
      if (in(50, 100)) cluster_.restart(server);
    }
    if (temper_.blackout_per_mille > 0 && in(temper_.blackout_per_mille, 1000)) {
      for (size_t server = 0; server < cluster_.size(); ++server) {
        cluster_.crash(server, draw_.below(cluster_.unsynced(server) + 1));
      }
    }
    if (temper_.wipe_per_mille > 0 && in(temper_.wipe_per_mille, 1000)) wipe();
    if (in(temper_.restart_per_mille, 1000)) cluster_.restart(any_server());
    if (in(temper_.cut_per_mille, 1000)) {
      const size_t server = any_server();
      cluster_.cut_off(server, in(50, 100));
    }
    if (in(temper_.compact_per_mille, 1000)) cluster_.compact(any_server(), draw_.below(101));
    if (temper_.lie_per_mille > 0 && in(temper_.lie_per_mille, 1000)) lie();
    const uint64_t what = draw_.below(100);
    if (temper_.flush_percent > 0 && in(temper_.flush_percent, 100)) cluster_.flush(any_leader());
    if (what < 10) {
      const size_t server = cluster_.leader().value_or(any_server());
      const auto sending = temper_.flush_percent > 0 ? Sending::with_flush : Sending::now;
      return cluster_.propose(server, 1 + draw_.below(2), sending);
    }
    if (what < 14) {
      return cluster_.read(in(50, 100) ? any_server() : cluster_.leader().value_or(any_server()));
    }
    if (what < 14 + temper_.sync_percent) {
      const size_t server = any_server();
      return cluster_.sync(server, draw_.below(cluster_.unsynced(server) + 1));
    }
    if (what < 18 + temper_.sync_percent || cluster_.network().empty()) {
      cluster_.pass(milliseconds(static_cast<int64_t>(draw_.below(temper_.pass_ms))));
      return cluster_.tick_all();
    }
    move_message();
  }
  // A majority remembers at any time. Where two lead, what was wiped is alone with the earlier one.
  void wipe() {
    const size_t latest = latest_leader();
    const auto earlier = earlier_leader(latest);
    if (!cluster_.leader() && in(70, 100)) return be_calm();
    if (!earlier && in(40, 100)) return part_from(latest);
    // Often the same one, to which old answers have come and may come again.
    size_t server = in(50, 100) ? last_wiped_ : any_server();
    while (earlier && (server == latest || server == *earlier)) server = any_server();
    size_t forgetful = 1;
    for (size_t i = 0; i < cluster_.size(); ++i) {
      if (i != server && cluster_.is_reinitialised(i)) ++forgetful;
    }
    if (forgetful > (cluster_.size() - 1) / 2) return;
    last_wiped_ = server;
    cluster_.wipe(server);
    if (in(80, 100)) cluster_.restart(server);
    if (in(70, 100)) cluster_.repeat_life_replies(server, 60);
    if (!earlier) return;
    only_cut_off(latest);
    mislead(cluster_, server, *earlier, ++lies_ * 1000);
  }
  // It leads on for a while, and perhaps another beside it.
  void part_from(size_t leader) {
    only_cut_off(leader);
    if (std::is_same_v<Engine, RaftParts>) return be_calm();
    // They look for another at once.
    for (size_t i = 0; i < cluster_.size(); ++i) {
      if (i == leader) continue;
      cluster_.crash(i, cluster_.unsynced(i));
      cluster_.restart(i);
    }
    be_calm();
  }
  // Long enough for an election; under Zab not for a leader that nobody answers to step down.
  void be_calm() {
    const int beats = std::is_same_v<Engine, ZabParts> ? 8 : 25;
    for (int beat = 0; beat < beats; ++beat) {
      cluster_.pass(milliseconds(100));
      cluster_.tick_all();
      cluster_.settle();
    }
  }
  std::optional<size_t> earlier_leader(size_t latest) {
    for (size_t i = 0; i < cluster_.size(); ++i) {
      if (i == latest || !cluster_.is_up(i)) continue;
      if (cluster_.core(i).role() == RaftRole::leader) return i;
    }
    return std::nullopt;
  }
  void only_cut_off(size_t away) {
    for (size_t i = 0; i < cluster_.size(); ++i) cluster_.cut_off(i, i == away);
  }
  // Some of those who are lied to have just started, and will believe it.
  void lie() {
    const size_t server = any_server();
    if (in(50, 100)) {
      cluster_.crash(server, draw_.below(cluster_.unsynced(server) + 1));
      cluster_.restart(server);
    }
    const size_t leader = any_leader();
    mislead(cluster_, server, in(50, 100) ? leader : any_server(), ++lies_ * 1000);
  }
  void move_message() {
    const size_t waiting = cluster_.network().size();
    size_t message = draw_.below(waiting);
    if (temper_.order == Temper::Order::as_sent) message = 0;
    // Some then arrive when their sender's term, or link, is long over.
    if (temper_.order == Temper::Order::newest_first && in(90, 100)) message = waiting - 1;
    if (in(temper_.drop_percent, 100) || waiting > 100) return cluster_.drop(message);
    if (temper_.shorten_percent > 0 && in(temper_.shorten_percent, 100)) cluster_.shorten(message);
    cluster_.deliver(message, in(temper_.double_percent, 100));
  }

  Stream draw_;
  CoreCluster<Engine> cluster_;
  const Temper temper_;
  uint64_t lies_ = 0;
  size_t last_wiped_ = 0;
};

// The seed that found a violation, 0: none.
template <class Engine>
uint64_t find_violation(const typename Engine::Rules& rules, uint64_t first, uint64_t seeds,
                        int steps, Disks disks = Disks::stay) {
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    CoreRun<Engine> run(seed, seed % 3 == 0 ? 5 : 3, rules, disks);
    run.live(steps);
    if (!run.cluster().violation().empty()) return seed;
  }
  return 0;
}

}  // namespace weir
