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
constexpr Site kVoteIsDurable{"bug.raft-vote-is-durable"};
constexpr Site kOwnTermOnly{"bug.raft-commit-counts-own-term-only"};
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
constexpr Site kZabEpochIsPromised{"bug.zab-epoch-is-promised"};
constexpr Site kZabEpochIsDurable{"bug.zab-epoch-is-durable"};
constexpr Site kZabQuorumFirst{"bug.zab-quorum-before-broadcast"};

}  // namespace

RaftRules raft_rules(Buggify& buggify) {
  return {.one_vote_per_term = !planted(buggify, kOneVotePerTerm),
          .vote_checks_log = !planted(buggify, kVoteChecksLog),
          .vote_is_durable = !planted(buggify, kVoteIsDurable),
          .old_terms_refused = !planted(buggify, kOldTermsRefused),
          .ack_after_sync = !planted(buggify, kAckAfterSync),
          .commit_counts_own_term_only = !planted(buggify, kOwnTermOnly),
          .commit_needs_majority = !planted(buggify, kCommitNeedsMajority),
          .read_needs_round = !planted(buggify, kReadNeedsRound),
          .reinitialised_is_brought_up = !planted(buggify, kBroughtUp),
          .pre_vote = !planted(buggify, kPreVote),
          .check_quorum = !planted(buggify, kCheckQuorum)};
}

ZabRules zab_rules(Buggify& buggify) {
  return {.epoch_is_promised = !planted(buggify, kZabEpochIsPromised),
          .epoch_is_durable = !planted(buggify, kZabEpochIsDurable),
          .sync_truncates = !planted(buggify, kZabSyncTruncates),
          .ack_after_history = !planted(buggify, kZabAckAfterHistory),
          .quorum_before_broadcast = !planted(buggify, kZabQuorumFirst),
          .ack_after_sync = !planted(buggify, kZabAckAfterSync),
          .commit_needs_quorum = !planted(buggify, kZabCommitNeedsQuorum),
          .read_needs_round = !planted(buggify, kZabReadNeedsRound),
          .reinitialised_is_brought_up = !planted(buggify, kZabBroughtUp),
          .gaps_end_links = !planted(buggify, kZabGapsEndLinks),
          .vote_by_history = !planted(buggify, kZabVoteByHistory)};
}

}  // namespace weir
