// LeaderElection: phase 0 of Zab, "fast leader election": whom a server that looks for a leader is
// to follow. Pure, as ZabCore is, which owns one and carries its messages.
//
// It promises nothing. Servers may settle on different leaders, or on one that is gone: phases 1
// and 2 do not mind, they only take longer. What it is for is to end quickly, and with a server
// whose history is the latest of a quorum, so that discovery need not give up.
//
//   A server that looks votes for itself, tells everybody, and changes to any better vote it hears
//   (ZabVote's order), telling everybody again. Votes count within one round; a later round that is
//   heard of replaces one's own, an earlier one is answered with the later.
//   A quorum for one's own vote settles it, but for a short wait in which a better one may come;
//   none can when all servers agree.
//   Servers that follow or lead already answer with their leader. It is joined, without a vote,
//   when a quorum names it, and it says itself that it leads.
//
// An example, the first start of three: 1 starts, votes 1, and nobody hears it. 2 starts and votes
// 2; 1 hears that, changes to 2 and says so: two of three. Both wait a moment and settle on 2. 3
// starts and votes 3; 1 answers "2 leads", 2 answers "I lead": two of three, and 3 follows 2.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "broker/coordination/consensus/zab_message.h"
#include "sim/base/time.h"

namespace weir {

struct LeaderElectionOptions {
  ServerId self;
  std::vector<ServerId> servers;
  Duration resend;         // of a vote, while nothing is settled
  Duration finalize_wait;  // for a better vote
  bool by_history = true;  // ZabRules::vote_by_history
};

class LeaderElection {
 public:
  explicit LeaderElection(LeaderElectionOptions options) : options_(std::move(options)) {}

  // The next round, with this server's own vote. Without a voice it stays in round 0, which is
  // answered and not counted, counts no votes, and only joins a leader that there is.
  void start(ZabVote own, TimePoint now, bool has_voice = true);
  void receive(ServerId from, const ZabNotification& notification, TimePoint now);
  // At deadline() or later; harmless before.
  void tick(TimePoint now);

  // Settled: follow it, or lead.
  [[nodiscard]] std::optional<ServerId> settled() const { return settled_; }
  // Whom the present vote is to be sent to. Asking takes them.
  [[nodiscard]] std::vector<ServerId> take_recipients();
  [[nodiscard]] TimePoint deadline() const;
  [[nodiscard]] uint64_t round() const { return round_; }
  [[nodiscard]] const ZabVote& vote() const { return vote_; }

 private:
  struct Settled {
    ZabState state = ZabState::following;
    ServerId leader;
  };

  void count(TimePoint now);
  void change_vote(const ZabVote& vote, TimePoint now);
  void tell_all(TimePoint now);
  [[nodiscard]] bool is_better(const ZabVote& vote, const ZabVote& than) const;
  [[nodiscard]] size_t quorum() const { return options_.servers.size() / 2 + 1; }

  const LeaderElectionOptions options_;
  uint64_t round_ = 0;
  bool has_voice_ = true;
  ZabVote own_;
  ZabVote vote_;
  std::map<ServerId, ZabVote> votes_;   // the others', of this round
  std::map<ServerId, Settled> others_;  // who do not look
  std::optional<ServerId> settled_;
  TimePoint resend_at_;
  TimePoint settle_at_ = TimePoint::never();  // a quorum agrees, until then a better vote may come
  std::vector<ServerId> recipients_;
};

}  // namespace weir
