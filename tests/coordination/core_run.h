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
  uint64_t cut_per_mille = 0;
  uint64_t pass_ms = 150;  // at most, at once; much of it makes several servers impatient together
  enum class Order : uint8_t { as_sent, any, newest_first } order = Order::any;
};

template <class Engine>
class CoreRun {
 public:
  using Rules = typename Engine::Rules;

  CoreRun(uint64_t seed, size_t servers, const Rules& rules)
      : draw_(seed, Engine::kDraw, servers, Engine::kDraw),
        cluster_(servers, less_calm(rules, seed), options(seed), seed),
        temper_(drawn(draw_)) {}

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
    return options;
  }
  static Temper drawn(Stream& draw) {
    return {.drop_percent = draw.below(3) * 10,
            .double_percent = draw.below(3) * 5,
            .crash_per_mille = draw.below(5) * 5,
            .cut_per_mille = draw.below(4) * 4,
            .pass_ms = std::array<uint64_t, 4>{30, 150, 600, 3000}.at(draw.below(4)),
            .order = static_cast<Temper::Order>(draw.below(3))};
  }
  size_t any_server() { return draw_.below(cluster_.size()); }
  bool in(uint64_t rate, uint64_t of) { return draw_.below(of) < rate; }

  void step() {
    if (in(temper_.crash_per_mille, 1000)) {
      const size_t server = any_server();
      cluster_.crash(server, draw_.below(cluster_.unsynced(server) + 1));
      if (in(50, 100)) cluster_.restart(server);
    }
    if (in(20, 1000)) cluster_.restart(any_server());
    if (in(temper_.cut_per_mille, 1000)) {
      const size_t server = any_server();
      cluster_.cut_off(server, in(50, 100));
    }
    if (in(5, 1000)) cluster_.compact(any_server(), draw_.below(101));
    const uint64_t what = draw_.below(100);
    if (what < 10)
      return cluster_.propose(cluster_.leader().value_or(any_server()), 1 + draw_.below(2));
    if (what < 14) {
      return cluster_.read(in(50, 100) ? any_server() : cluster_.leader().value_or(any_server()));
    }
    if (what < 34) {
      const size_t server = any_server();
      return cluster_.sync(server, draw_.below(cluster_.unsynced(server) + 1));
    }
    if (what < 38 || cluster_.network().empty()) {
      cluster_.pass(milliseconds(static_cast<int64_t>(draw_.below(temper_.pass_ms))));
      return cluster_.tick_all();
    }
    move_message();
  }
  void move_message() {
    const size_t waiting = cluster_.network().size();
    size_t message = draw_.below(waiting);
    if (temper_.order == Temper::Order::as_sent) message = 0;
    // Some then arrive when their sender's term, or link, is long over.
    if (temper_.order == Temper::Order::newest_first && in(90, 100)) message = waiting - 1;
    if (in(temper_.drop_percent, 100) || waiting > 100) return cluster_.drop(message);
    cluster_.deliver(message, in(temper_.double_percent, 100));
  }

  Stream draw_;
  CoreCluster<Engine> cluster_;
  const Temper temper_;
};

// The seed that found a violation, 0: none.
template <class Engine>
uint64_t find_violation(const typename Engine::Rules& rules, uint64_t first, uint64_t seeds,
                        int steps) {
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    CoreRun<Engine> run(seed, seed % 3 == 0 ? 5 : 3, rules);
    run.live(steps);
    if (!run.cluster().violation().empty()) return seed;
  }
  return 0;
}

}  // namespace weir
