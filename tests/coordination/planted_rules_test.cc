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

ZabRules zab_rules_with(std::string_view bug) {
  Plants plants(bug);
  return zab_rules(plants);
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
      {"bug.raft-commit-counts-own-term-only", &RaftRules::commit_counts_own_term_only},
      {"bug.raft-old-terms-refused", &RaftRules::old_terms_refused},
      {"bug.raft-ack-after-sync", &RaftRules::ack_after_sync},
      {"bug.raft-commit-needs-majority", &RaftRules::commit_needs_majority},
      {"bug.raft-reinitialised-is-brought-up", &RaftRules::reinitialised_is_brought_up},
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

TEST_CASE("a planted bug breaks the rule of Zab that it names, and no other") {
  REQUIRE(zab_rules_with("bug.raft-pre-vote") == ZabRules{});
  const std::pair<std::string_view, bool ZabRules::*> rules[] = {
      {"bug.zab-epoch-is-promised", &ZabRules::epoch_is_promised},
      {"bug.zab-epoch-is-durable", &ZabRules::epoch_is_durable},
      {"bug.zab-quorum-before-broadcast", &ZabRules::quorum_before_broadcast},
      {"bug.zab-sync-truncates", &ZabRules::sync_truncates},
      {"bug.zab-ack-after-history", &ZabRules::ack_after_history},
      {"bug.zab-ack-after-sync", &ZabRules::ack_after_sync},
      {"bug.zab-commit-needs-quorum", &ZabRules::commit_needs_quorum},
      {"bug.zab-reinitialised-is-brought-up", &ZabRules::reinitialised_is_brought_up},
      {"bug.zab-read-needs-round", &ZabRules::read_needs_round},
      {"bug.zab-gaps-end-links", &ZabRules::gaps_end_links},
      {"bug.zab-vote-by-history", &ZabRules::vote_by_history}};
  for (const auto& [bug, rule] : rules) {
    INFO(bug);
    ZabRules expected;
    expected.*rule = false;
    REQUIRE(zab_rules_with(bug) == expected);
  }
}

}  // namespace weir
