#include "broker/coordination/consensus/planted_rules.h"

namespace weir {
namespace {

constexpr Site kOneVotePerTerm{"bug.raft-one-vote-per-term"};
constexpr Site kVoteChecksLog{"bug.raft-vote-checks-log"};
constexpr Site kVoteIsDurable{"bug.raft-vote-is-durable"};
constexpr Site kOldTermsRefused{"bug.raft-old-terms-refused"};
constexpr Site kEntriesMatchBefore{"bug.raft-entries-match-before"};
constexpr Site kStaleAppendCutsNothing{"bug.raft-stale-append-cuts-nothing"};
constexpr Site kAckAfterSync{"bug.raft-ack-after-sync"};
constexpr Site kCommitCountsOwnTermOnly{"bug.raft-commit-counts-own-term-only"};
constexpr Site kCommitNeedsMajority{"bug.raft-commit-needs-majority"};
constexpr Site kReadNeedsRound{"bug.raft-read-needs-round"};
constexpr Site kPreVote{"bug.raft-pre-vote"};
constexpr Site kCheckQuorum{"bug.raft-check-quorum"};

}  // namespace

RaftRules raft_rules(Buggify& buggify) {
  return {.one_vote_per_term = !planted(buggify, kOneVotePerTerm),
          .vote_checks_log = !planted(buggify, kVoteChecksLog),
          .vote_is_durable = !planted(buggify, kVoteIsDurable),
          .old_terms_refused = !planted(buggify, kOldTermsRefused),
          .entries_match_before = !planted(buggify, kEntriesMatchBefore),
          .stale_append_cuts_nothing = !planted(buggify, kStaleAppendCutsNothing),
          .ack_after_sync = !planted(buggify, kAckAfterSync),
          .commit_counts_own_term_only = !planted(buggify, kCommitCountsOwnTermOnly),
          .commit_needs_majority = !planted(buggify, kCommitNeedsMajority),
          .read_needs_round = !planted(buggify, kReadNeedsRound),
          .pre_vote = !planted(buggify, kPreVote),
          .check_quorum = !planted(buggify, kCheckQuorum)};
}

}  // namespace weir
