// ZabRules: the rules of Zab, each with a switch, so that a run can break one and show that the
// checks find it. All are right by default, and production knows no others.
#pragma once

namespace weir {

struct ZabRules {
  // Discovery.
  bool epoch_is_promised = true;     // a leader leads once a quorum has promised it a new epoch
  bool epoch_is_durable = true;      // a promise outlives a crash
  bool old_epochs_refused = true;    // nothing older than what was promised is followed
  bool latest_history_leads = true;  // a leader whose quorum knows more than it gives up
  // Synchronisation.
  bool sync_truncates = true;           // what the leader has not got is cut off
  bool epoch_after_history = true;      // current_epoch is saved when the history is durable
  bool ack_after_history = true;        // and NEWLEADER acked then
  bool quorum_before_broadcast = true;  // a leader goes on when a quorum has its history
  // Broadcast.
  bool acks_count_once_joined = true;  // whoever is not of the epoch yet commits nothing
  bool ack_after_sync = true;          // the leader's own entries, too
  bool commit_needs_quorum = true;
  bool read_needs_round = true;  // a deposed leader may not answer
  // Of a server that was reinitialised, and of what others remember of it.
  bool reinitialised_hears_all = true;      // it takes no part before it knows everybody's epoch
  bool reinitialised_is_brought_up = true;  // and has no voice before it has joined one
  bool epoch_replies_are_fresh = true;      // an answer to an earlier life counts for nothing
  bool promises_end_with_life = true;       // nor does a promise
  // Links.
  bool links_told_apart = true;  // what was said in another one is over
  bool gaps_end_links = true;
  bool duplicates_dropped = true;
  // Without it Zab is as safe, but who is elected may not be able to lead.
  bool vote_by_history = true;
  friend bool operator==(const ZabRules&, const ZabRules&) = default;
};

constexpr bool is_safe(ZabRules rules) {
  rules.vote_by_history = true;
  return rules == ZabRules{};
}

}  // namespace weir
