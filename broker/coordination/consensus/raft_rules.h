// RaftRules: the rules of Raft, each with a switch, so that a run can break one and show that the
// checks find it. All are right by default, and production knows no others.
#pragma once

namespace weir {

struct RaftRules {
  bool one_vote_per_term = true;
  bool vote_checks_log = true;       // only a candidate whose log is as late as ours gets a vote
  bool vote_is_durable = true;       // what is saved says for whom
  bool old_terms_refused = true;     // a leader of the past is not followed
  bool entries_match_before = true;  // entries are taken only behind the one that they follow
  bool stale_append_cuts_nothing = true;    // only an entry that differs is a reason to truncate
  bool ack_after_sync = true;               // the leader's own entries, too
  bool commit_counts_own_term_only = true;  // figure 8 of the paper
  bool commit_needs_majority = true;
  bool read_needs_round = true;  // a deposed leader may not answer
  // Of a server that was reinitialised, and of what others remember of it.
  bool reinitialised_hears_all = true;      // it takes no part before it knows everybody's term
  bool reinitialised_is_brought_up = true;  // and does not vote before it has the leader's log
  bool term_replies_are_fresh = true;       // an answer to an earlier life counts for nothing
  bool votes_end_with_life = true;          // nor does a vote
  // Without these three Raft is as safe, and less calm.
  bool pre_vote = true;      // a server that was cut off disturbs nobody
  bool check_quorum = true;  // a leader that nobody answers steps down
  bool acks_end_with_life = true;  // what was wiped is sent again
  friend bool operator==(const RaftRules&, const RaftRules&) = default;
};

constexpr bool is_safe(RaftRules rules) {
  rules.pre_vote = rules.check_quorum = rules.acks_end_with_life = true;
  return rules == RaftRules{};
}

}  // namespace weir
