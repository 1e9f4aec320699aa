// Raft over a network that loses, doubles and reorders, on machines that die and forget: the checks
// of CoreCluster hold in every run, and find every rule that is broken.
#include "tests/support/test_pch.h"

#include "tests/coordination/core_run.h"

namespace weir {
namespace {

using RaftRun = CoreRun<RaftParts>;

}  // namespace

TEST_CASE("Raft is safe whatever the network and the machines do, and goes on afterwards") {
  uint64_t committed = 0;
  uint64_t terms = 0;
  uint64_t answered = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    RaftRun run(seed, seed % 3 == 0 ? 5 : 3, {});
    run.live(2'000);
    run.converge();
    INFO("seed " << seed);
    if (!run.cluster().violation().empty()) FAIL(run.cluster().violation());
    REQUIRE(run.converged());
    committed += run.cluster().committed().size();
    terms += run.cluster().core(0).term();
    for (const ReadAnswer& read : run.cluster().reads()) answered += read.at ? 1 : 0;
  }
  // The runs were eventful.
  REQUIRE(committed > 300 * 20);
  REQUIRE(terms > 300 * 3);
  REQUIRE(answered > 300 * 10);
}

TEST_CASE("Raft is safe while disks are wiped, a minority's at a time, and goes on afterwards") {
  uint64_t committed = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    RaftRun run(seed, seed % 3 == 0 ? 5 : 3, {}, Disks::wiped);
    run.live(2'000);
    run.converge();
    INFO("seed " << seed);
    if (!run.cluster().violation().empty()) FAIL(run.cluster().violation());
    REQUIRE(run.converged());
    for (size_t i = 0; i < run.cluster().size(); ++i) {
      REQUIRE_FALSE(run.cluster().is_reinitialised(i));
    }
    committed += run.cluster().committed().size();
  }
  REQUIRE(committed > 300 * 10);
}

TEST_CASE("any seed is safe") {
  REQUIRE(rc::check("one run", [](uint64_t seed) {
    RaftRun run(seed, seed % 2 == 0 ? 5 : 3, {});
    run.live(1'000);
    if (!run.cluster().violation().empty()) RC_FAIL(run.cluster().violation());
  }));
}

TEST_CASE("every broken rule of safety is found within 2,000 seeds") {
  const std::vector<std::pair<std::string, RaftRules>> broken{
      {"one_vote_per_term", {.one_vote_per_term = false}},
      {"vote_checks_log", {.vote_checks_log = false}},
      {"vote_is_durable", {.vote_is_durable = false}},
      {"old_terms_refused", {.old_terms_refused = false}},
      {"entries_match_before", {.entries_match_before = false}},
      {"stale_append_cuts_nothing", {.stale_append_cuts_nothing = false}},
      {"ack_after_sync", {.ack_after_sync = false}},
      {"commit_counts_own_term_only", {.commit_counts_own_term_only = false}},
      {"commit_needs_majority", {.commit_needs_majority = false}},
      {"read_needs_round", {.read_needs_round = false}},
  };
  for (const auto& [name, rules] : broken) {
    INFO(name);
    REQUIRE(find_violation<RaftParts>(rules, 1, 2'000, 3'000) != 0);
  }
}

TEST_CASE("a leader that does not forget acks is safe, but may never bring up who was wiped") {
  size_t stuck = 0;
  for (uint64_t seed = 1; seed <= 1'000; ++seed) {
    RaftRun run(seed, seed % 3 == 0 ? 5 : 3, {.acks_end_with_life = false}, Disks::wiped);
    run.live(3'000);
    INFO("seed " << seed);
    if (!run.cluster().violation().empty()) FAIL(run.cluster().violation());
    run.converge();
    if (!run.converged()) ++stuck;
  }
  REQUIRE(stuck > 2);
}

// Of votes that an earlier life asked for: raft_reinitialised_test.cc.
TEST_CASE("every broken rule about wiped disks is found within 10,000 seeds") {
  const std::vector<std::pair<std::string, RaftRules>> broken{
      {"reinitialised_hears_all", {.reinitialised_hears_all = false}},
      {"reinitialised_is_brought_up", {.reinitialised_is_brought_up = false}},
      {"term_replies_are_fresh", {.term_replies_are_fresh = false}},
  };
  for (const auto& [name, rules] : broken) {
    INFO(name);
    REQUIRE(find_violation<RaftParts>(rules, 1, 10'000, 3'000, Disks::wiped) != 0);
  }
}

}  // namespace weir
