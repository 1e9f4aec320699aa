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

constexpr Site kZabEpochIsPromised{"bug.zab-epoch-is-promised"};
constexpr Site kZabEpochIsDurable{"bug.zab-epoch-is-durable"};
constexpr Site kZabOldEpochsRefused{"bug.zab-old-epochs-refused"};
constexpr Site kZabLatestHistoryLeads{"bug.zab-latest-history-leads"};
constexpr Site kZabSyncTruncates{"bug.zab-sync-truncates"};
constexpr Site kZabEpochAfterHistory{"bug.zab-epoch-after-history"};
constexpr Site kZabAckAfterHistory{"bug.zab-ack-after-history"};
constexpr Site kZabQuorumBeforeBroadcast{"bug.zab-quorum-before-broadcast"};
constexpr Site kZabAcksCountOnceJoined{"bug.zab-acks-count-once-joined"};
constexpr Site kZabAckAfterSync{"bug.zab-ack-after-sync"};
constexpr Site kZabCommitNeedsQuorum{"bug.zab-commit-needs-quorum"};
constexpr Site kZabReadNeedsRound{"bug.zab-read-needs-round"};
constexpr Site kZabLinksToldApart{"bug.zab-links-told-apart"};
constexpr Site kZabGapsEndLinks{"bug.zab-gaps-end-links"};
constexpr Site kZabDuplicatesDropped{"bug.zab-duplicates-dropped"};
constexpr Site kZabVoteByHistory{"bug.zab-vote-by-history"};

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

ZabRules zab_rules(Buggify& buggify) {
  return {.epoch_is_promised = !planted(buggify, kZabEpochIsPromised),
          .epoch_is_durable = !planted(buggify, kZabEpochIsDurable),
          .old_epochs_refused = !planted(buggify, kZabOldEpochsRefused),
          .latest_history_leads = !planted(buggify, kZabLatestHistoryLeads),
          .sync_truncates = !planted(buggify, kZabSyncTruncates),
          .epoch_after_history = !planted(buggify, kZabEpochAfterHistory),
          .ack_after_history = !planted(buggify, kZabAckAfterHistory),
          .quorum_before_broadcast = !planted(buggify, kZabQuorumBeforeBroadcast),
          .acks_count_once_joined = !planted(buggify, kZabAcksCountOnceJoined),
          .ack_after_sync = !planted(buggify, kZabAckAfterSync),
          .commit_needs_quorum = !planted(buggify, kZabCommitNeedsQuorum),
          .read_needs_round = !planted(buggify, kZabReadNeedsRound),
          .links_told_apart = !planted(buggify, kZabLinksToldApart),
          .gaps_end_links = !planted(buggify, kZabGapsEndLinks),
          .duplicates_dropped = !planted(buggify, kZabDuplicatesDropped),
          .vote_by_history = !planted(buggify, kZabVoteByHistory)};
}

}  // namespace weir
