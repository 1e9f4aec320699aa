// What a run plants breaks the rule that it names, and no other.
#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/planted_rules.h"

namespace weir {
namespace {

class Plants final : public Buggify {
 public:
  explicit Plants(std::string_view bug) : id_(fnv1a(bug)) {}
  bool fires(const Site& /*site*/) override { return false; }
  bool switched_on(const Site& /*site*/) override { return false; }
  bool is_planted(const Site& bug) override { return bug.id == id_; }
  void reached(const Site& /*probe*/) override {}

 private:
  const uint64_t id_;
};

RaftRules rules_with(std::string_view bug) {
  Plants plants(bug);
  return raft_rules(plants);
}

}  // namespace

TEST_CASE("without a planted bug all of Raft's rules hold") {
  REQUIRE(rules_with("bug.txn-sync-skipped") == RaftRules{});
}

TEST_CASE("a planted bug breaks the rule of Raft that it names, and no other") {
  const std::pair<std::string_view, bool RaftRules::*> rules[] = {
      {"bug.raft-one-vote-per-term", &RaftRules::one_vote_per_term},
      {"bug.raft-vote-checks-log", &RaftRules::vote_checks_log},
      {"bug.raft-vote-is-durable", &RaftRules::vote_is_durable},
      {"bug.raft-old-terms-refused", &RaftRules::old_terms_refused},
      {"bug.raft-entries-match-before", &RaftRules::entries_match_before},
      {"bug.raft-stale-append-cuts-nothing", &RaftRules::stale_append_cuts_nothing},
      {"bug.raft-ack-after-sync", &RaftRules::ack_after_sync},
      {"bug.raft-commit-counts-own-term-only", &RaftRules::commit_counts_own_term_only},
      {"bug.raft-commit-needs-majority", &RaftRules::commit_needs_majority},
      {"bug.raft-read-needs-round", &RaftRules::read_needs_round},
      {"bug.raft-pre-vote", &RaftRules::pre_vote},
      {"bug.raft-check-quorum", &RaftRules::check_quorum}};
  for (const auto& [bug, rule] : rules) {
    INFO(bug);
    RaftRules expected;
    expected.*rule = false;
    REQUIRE(rules_with(bug) == expected);
  }
}

}  // namespace weir
