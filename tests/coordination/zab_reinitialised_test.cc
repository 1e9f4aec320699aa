// A server of Zab that has lost its disk, in sentences.
#include "tests/support/test_pch.h"

#include "tests/coordination/core_steps.h"
#include "tests/coordination/lone_zab_core.h"

namespace weir {
namespace {

ZabSaved reinitialised() {
  ZabSaved saved;
  saved.hard_state.reinitialised = true;
  return saved;
}

}  // namespace

// --- one core ------------------------------------------------------------------------------------

TEST_CASE("Zab: a server that was reinitialised is deaf until all others have told their epochs") {
  LoneZabCore lone(reinitialised());
  const ZabVote vote{0, kNoZxid, ServerId{3}};
  const auto notify = [&] { return lone.receive(3, 6, 0, ZabNotification{{}, 1, vote}, 0); };
  REQUIRE(notify().messages.empty());
  REQUIRE_FALSE(lone.receive(3, 6, 0, ZabEpochReply{0, false}, 0).hard_state);
  REQUIRE(notify().messages.empty());
  const ZabEffects effects = lone.receive(1, 4, 0, ZabEpochReply{0, false}, 0);
  REQUIRE(effects.hard_state == ZabHardState{6, 0, true});  // the greatest counts as promised
  REQUIRE_FALSE(notify().messages.empty());
}

TEST_CASE("Zab: an answer to an earlier life counts for nothing") {
  LoneZabCore lone(reinitialised());
  (void)lone.receive(3, 6, 0, ZabEpochReply{5, false}, 0);
  REQUIRE_FALSE(lone.receive(1, 4, 0, ZabEpochReply{5, false}, 0).hard_state);
  REQUIRE(lone.core.term() == 0);
}

TEST_CASE("Zab: a server that was reinitialised has its voice with the epoch that it joins") {
  LoneZabCore lone(reinitialised());
  (void)lone.receive(3, 6, 0, ZabEpochReply{0, false}, 0);
  (void)lone.receive(1, 4, 0, ZabEpochReply{0, false}, 0);
  lone.follow(3);
  REQUIRE(lone.receive(3, 6, 1, ZabLeaderInfo{}).messages.size() == 1);
  (void)lone.receive(3, 6, 2, ZabSync{SyncWay::diff, kNoZxid});
  const ZabEffects taken = lone.receive(3, 6, 3, ZabProposals{kNoZxid, entries({{1, 1}, {1, 2}})});
  REQUIRE(lone.receive(3, 6, 4, ZabNewLeader{make_zxid(1, 2)}).messages.empty());
  const ZabEffects joined = lone.core.written(taken.write, lone.moment());
  REQUIRE(joined.hard_state == ZabHardState{6, 6, false});
  REQUIRE(find<ZabAckNewLeader>(joined) != nullptr);
}

TEST_CASE("Zab: a promise of who was reinitialised makes no leader, but it may join") {
  LoneZabCore lone;
  lone.lead();
  lone.link = 44;
  (void)lone.receive(1, 0, 1, ZabFollowerInfo{true});
  REQUIRE(lone.core.term() == 1);
  (void)lone.receive(1, 1, 2, ZabAckEpoch{0, entries({{0, 0}})});
  REQUIRE(lone.core.phase() == ZabPhase::discovery);
  const ZabEffects effects = lone.joins(0, 0, entries({{0, 0}}));
  REQUIRE(lone.core.phase() == ZabPhase::synchronisation);
  REQUIRE(std::count_if(effects.messages.begin(), effects.messages.end(), [](const auto& message) {
            return std::holds_alternative<ZabSync>(message.body);
          }) == 2);
}

// Its own earlier life may have asked for it, and led the epoch that it would lead now.
TEST_CASE("Zab: a promise that an earlier life asked for makes no leader") {
  LoneZabCore lone;
  lone.lead();
  lone.link = 55;
  (void)lone.receive(3, 0, 1, ZabFollowerInfo{});
  const ZabEffects effects = lone.receive(3, 1, 2, ZabAckEpoch{0, entries({{0, 0}}), 9});
  REQUIRE(find<ZabClosed>(effects) != nullptr);
  REQUIRE(lone.core.phase() == ZabPhase::discovery);
}

// --- an ensemble ---------------------------------------------------------------------------------

TEST_CASE("Zab: a server whose disk was wiped gets everything back, and elects again") {
  ZabCluster cluster(3);
  live(cluster, seconds(1));
  cluster.propose(2, 3);
  cluster.settle();
  wipe(cluster, 1);
  REQUIRE(cluster.is_reinitialised(1));
  live(cluster, seconds(1));
  REQUIRE_FALSE(cluster.is_reinitialised(1));
  REQUIRE(cluster.log_of(1) == cluster.log_of(2));
  cluster.crash(2);
  live(cluster, seconds(3));
  REQUIRE(cluster.leader());
}

TEST_CASE("Zab: a server that was reinitialised makes no leader of one without what is committed") {
  ZabCluster cluster(3);
  live(cluster, seconds(1));
  cluster.crash(0);
  cluster.propose(2);
  cluster.settle();
  REQUIRE(cluster.committed().size() == 2);
  wipe(cluster, 1);
  cluster.crash(2);
  cluster.restart(0);
  live(cluster, seconds(5));
  REQUIRE_FALSE(cluster.leader());
  cluster.restart(2);
  live(cluster, seconds(3));
  REQUIRE(cluster.leader() == 2);
  REQUIRE(cluster.log_of(0) == cluster.log_of(2));
  REQUIRE_FALSE(cluster.is_reinitialised(1));
}

TEST_CASE("Zab: a minority of five comes back from nothing, a majority waits") {
  for (const size_t wiped : {2, 3}) {
    ZabCluster cluster(5);
    live(cluster, seconds(1));
    for (size_t server = 0; server < wiped; ++server) wipe(cluster, server);
    live(cluster, seconds(5));
    for (size_t server = 0; server < wiped; ++server) {
      REQUIRE(cluster.is_reinitialised(server) == (wiped == 3));
    }
  }
}

}  // namespace weir
