#include "broker/coordination/consensus/planted_rules.h"

namespace weir {
namespace {

constexpr Site kOneVotePerTerm{"bug.raft-one-vote-per-term"};
constexpr Site kVoteChecksLog{"bug.raft-vote-checks-log"};
constexpr Site kOldTermsRefused{"bug.raft-old-terms-refused"};
constexpr Site kAckAfterSync{"bug.raft-ack-after-sync"};
constexpr Site kCommitNeedsMajority{"bug.raft-commit-needs-majority"};
constexpr Site kReadNeedsRound{"bug.raft-read-needs-round"};
constexpr Site kBroughtUp{"bug.raft-reinitialised-is-brought-up"};
constexpr Site kPreVote{"bug.raft-pre-vote"};
constexpr Site kCheckQuorum{"bug.raft-check-quorum"};

constexpr Site kZabSyncTruncates{"bug.zab-sync-truncates"};
constexpr Site kZabAckAfterHistory{"bug.zab-ack-after-history"};
constexpr Site kZabAckAfterSync{"bug.zab-ack-after-sync"};
constexpr Site kZabCommitNeedsQuorum{"bug.zab-commit-needs-quorum"};
constexpr Site kZabReadNeedsRound{"bug.zab-read-needs-round"};
constexpr Site kZabBroughtUp{"bug.zab-reinitialised-is-brought-up"};
constexpr Site kZabGapsEndLinks{"bug.zab-gaps-end-links"};
constexpr Site kZabVoteByHistory{"bug.zab-vote-by-history"};

}  // namespace

RaftRules raft_rules(Buggify& buggify) {
  return {.one_vote_per_term = !planted(buggify, kOneVotePerTerm),
          .vote_checks_log = !planted(buggify, kVoteChecksLog),
          .old_terms_refused = !planted(buggify, kOldTermsRefused),
          .ack_after_sync = !planted(buggify, kAckAfterSync),
          .commit_needs_majority = !planted(buggify, kCommitNeedsMajority),
          .read_needs_round = !planted(buggify, kReadNeedsRound),
          .reinitialised_is_brought_up = !planted(buggify, kBroughtUp),
          .pre_vote = !planted(buggify, kPreVote),
          .check_quorum = !planted(buggify, kCheckQuorum)};
}

ZabRules zab_rules(Buggify& buggify) {
  return {.sync_truncates = !planted(buggify, kZabSyncTruncates),
          .ack_after_history = !planted(buggify, kZabAckAfterHistory),
          .ack_after_sync = !planted(buggify, kZabAckAfterSync),
          .commit_needs_quorum = !planted(buggify, kZabCommitNeedsQuorum),
          .read_needs_round = !planted(buggify, kZabReadNeedsRound),
          .reinitialised_is_brought_up = !planted(buggify, kZabBroughtUp),
          .gaps_end_links = !planted(buggify, kZabGapsEndLinks),
          .vote_by_history = !planted(buggify, kZabVoteByHistory)};
}

}  // namespace weir
