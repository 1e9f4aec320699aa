// Discovery and synchronisation in sentences, a core at a time.
#include "tests/support/test_pch.h"

#include "tests/coordination/lone_zab_core.h"

namespace weir {

// --- discovery -----------------------------------------------------------------------------------

TEST_CASE("Zab: a promise is saved before it is given, and says what the follower has") {
  LoneZabCore lone(saved(2, 1, entries({{1, 1}, {1, 2}, {2, 1}})));
  lone.follow(3);
  const ZabEffects effects = lone.receive(3, 5, 1, ZabLeaderInfo{});
  REQUIRE(effects.hard_state == ZabHardState{5, 1});
  const auto* ack = find<ZabAckEpoch>(effects);
  REQUIRE(ack != nullptr);
  REQUIRE(ack->current_epoch == 1);
  REQUIRE(ack->ends == entries({{0, 0}, {1, 2}, {2, 1}}));
}

TEST_CASE("Zab: a leader of an earlier epoch than was promised is not followed") {
  LoneZabCore lone(saved(6, 1));
  lone.follow(3);
  const ZabEffects effects = lone.receive(3, 5, 1, ZabLeaderInfo{});
  REQUIRE_FALSE(effects.hard_state);
  REQUIRE(lone.core.phase() == ZabPhase::election);
  REQUIRE(lone.core.term() == 6);
}

TEST_CASE("Zab: a new epoch is later than all that a quorum has promised, and saved first") {
  LoneZabCore lone(saved(4, 1));
  lone.lead();
  lone.link = 55;
  const ZabEffects effects = lone.receive(3, 7, 1, ZabFollowerInfo{});
  REQUIRE(effects.hard_state == ZabHardState{8, 1});
  REQUIRE(find<ZabLeaderInfo>(effects) != nullptr);
  REQUIRE(effects.messages.front().epoch == 8);
}

TEST_CASE("Zab: a leader whose follower has a later history gives up") {
  for (const bool later : {false, true}) {
    LoneZabCore lone(saved(2, 2, entries({{1, 1}, {2, 1}})));
    lone.lead();
    (void)lone.joins(
        2, 2,
        entries(later ? std::initializer_list<std::pair<uint32_t, uint32_t>>{{0, 0}, {1, 1}, {2, 2}}
                      : std::initializer_list<std::pair<uint32_t, uint32_t>>{{0, 0}, {1, 9}}));
    REQUIRE(lone.core.phase() == (later ? ZabPhase::election : ZabPhase::synchronisation));
  }
}

TEST_CASE("Zab: whose last entry is later, but took no part in that epoch, has no later history") {
  LoneZabCore lone(saved(3, 2, entries({{1, 1}, {2, 1}})));
  lone.lead();
  (void)lone.joins(3, 1, entries({{0, 0}, {1, 1}, {3, 1}}));
  REQUIRE(lone.core.phase() == ZabPhase::synchronisation);
}

TEST_CASE("Zab: who had promised the epoch to another does not count, but may join") {
  LoneZabCore lone;
  lone.lead();
  lone.link = 44;
  (void)lone.receive(1, 0, 1, ZabFollowerInfo{});
  REQUIRE(lone.core.term() == 1);
  (void)lone.joins(1, 0, entries({{0, 0}}));
  REQUIRE(lone.core.phase() == ZabPhase::discovery);
  lone.link = 44;
  const ZabEffects effects = lone.receive(1, 1, 2, ZabAckEpoch{0, entries({{0, 0}})});
  REQUIRE(lone.core.phase() == ZabPhase::synchronisation);
  size_t synchronised = 0;
  for (const ZabMessage& message : effects.messages) {
    if (std::holds_alternative<ZabSync>(message.body)) ++synchronised;
  }
  REQUIRE(synchronised == 2);
}

TEST_CASE("Zab: a leader that hears of a later promise gives up for an epoch that all can take") {
  LoneZabCore lone;
  lone.lead();
  (void)lone.joins(0, 0, entries({{0, 0}}));
  REQUIRE(lone.core.phase() == ZabPhase::synchronisation);
  (void)lone.receive(1, 9, 1, ZabFollowerInfo{}, 44);
  REQUIRE(lone.core.phase() == ZabPhase::election);
}

TEST_CASE("Zab: a leader whose quorum does not promise in time looks again") {
  LoneZabCore lone;
  lone.lead();
  lone.link = 55;
  (void)lone.receive(3, 0, 1, ZabFollowerInfo{});  // asked, and alive, but no more
  for (int i = 0; i < 30 && lone.core.phase() == ZabPhase::discovery; ++i) {
    lone.now = lone.now + milliseconds(100);
    (void)lone.core.tick(lone.moment());
    (void)lone.receive(3, 0, 1, ZabPong{});
  }
  REQUIRE(lone.core.phase() == ZabPhase::election);
}

// --- synchronisation -----------------------------------------------------------------------------

TEST_CASE("Zab: the way of synchronisation follows from where the histories part") {
  struct Case {
    Zxid base;
    std::vector<Zxid> log;
    std::vector<Zxid> ends;
    std::optional<SyncWay> way;  // none: a snapshot
    Zxid from;
  };
  const auto z = [](uint32_t epoch, uint32_t counter) { return make_zxid(epoch, counter); };
  const std::vector<Case> cases{
      {{}, entries({{1, 1}, {1, 2}}), {{}, z(1, 2)}, SyncWay::diff, z(1, 2)},
      {{}, entries({{1, 1}, {1, 2}}), {{}, z(1, 1)}, SyncWay::diff, z(1, 1)},
      {{}, entries({{1, 1}, {1, 2}}), {{}}, SyncWay::diff, {}},
      {{}, entries({{1, 1}, {3, 1}}), {{}, z(1, 2)}, SyncWay::trunc, z(1, 1)},
      // Its last at or before (2,2) is (1,2), which the follower has not got.
      {{}, entries({{1, 1}, {1, 2}, {3, 1}}), {{}, z(1, 1), z(2, 2)}, SyncWay::trunc, z(1, 1)},
      {{}, entries({{3, 1}}), {{}, z(1, 1), z(2, 2)}, SyncWay::trunc, {}},
      // Compacted here: behind it, at it, before it.
      {z(1, 2), entries({{1, 3}}), {{}, z(1, 3)}, SyncWay::diff, z(1, 3)},
      {z(1, 2), entries({{1, 3}}), {{}, z(1, 2)}, SyncWay::diff, z(1, 2)},
      {z(1, 2), entries({{1, 3}}), {{}, z(1, 1)}, std::nullopt, z(1, 2)},
      {z(2, 1), entries({{3, 1}}), {{}, z(1, 9)}, std::nullopt, z(2, 1)},
      // Compacted there: it can be cut down to its base, and no further.
      {{}, entries({{1, 1}, {1, 2}, {3, 1}}), {z(1, 2), z(2, 1)}, SyncWay::trunc, z(1, 2)},
      {{}, entries({{1, 1}, {3, 1}}), {z(1, 2), z(2, 1)}, std::nullopt, {}},
  };
  for (const Case& one : cases) {
    LoneZabCore lone(saved(3, 3, one.log, one.base));
    lone.lead();
    const ZabEffects effects = lone.joins(3, 1, one.ends);
    const auto* sync = find<ZabSync>(effects);
    const auto* snapshot = find<ZabSnapshot>(effects);
    REQUIRE((sync != nullptr) == one.way.has_value());
    REQUIRE((snapshot != nullptr) == !one.way.has_value());
    if (sync != nullptr) REQUIRE((sync->way == *one.way && sync->from == one.from));
    if (snapshot != nullptr) REQUIRE(snapshot->zxid == one.from);
    // Nothing is said of what was sent before it: it may overtake that.
    if (snapshot != nullptr) REQUIRE(effects.messages.front().number == 0);
  }
}

TEST_CASE("Zab: NEWLEADER is acked, and current_epoch saved, once all before it is durable") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  const auto one = lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}})});
  const auto two = lone.receive(3, 1, 4, ZabProposals{make_zxid(1, 1), entries({{1, 2}})});
  const ZabEffects asked = lone.receive(3, 1, 5, ZabNewLeader{kNoZxid});
  REQUIRE_FALSE(asked.hard_state);
  REQUIRE(asked.messages.empty());
  const ZabEffects half = lone.core.written(one.write, lone.moment());
  REQUIRE_FALSE(half.hard_state);
  REQUIRE(find<ZabAckNewLeader>(half) == nullptr);
  const ZabEffects all = lone.core.written(two.write, lone.moment());
  REQUIRE(all.hard_state == ZabHardState{1, 1});
  REQUIRE(find<ZabAckNewLeader>(all)->zxid == make_zxid(1, 2));
  REQUIRE_FALSE(lone.core.leader());
  const ZabEffects served = lone.receive(3, 1, 6, ZabUpToDate{make_zxid(1, 1)});
  REQUIRE(served.role->leader == ServerId{3});
  REQUIRE(served.committed == make_zxid(1, 1));
}

TEST_CASE("Zab: a truncation is history, too: NEWLEADER waits for it") {
  LoneZabCore lone(saved(1, 1, entries({{1, 1}, {1, 2}})));
  lone.follow(3);
  (void)lone.receive(3, 2, 1, ZabLeaderInfo{});
  const ZabEffects cut = lone.receive(3, 2, 2, ZabSync{SyncWay::trunc, make_zxid(1, 1)});
  REQUIRE(cut.truncate_after == make_zxid(1, 1));
  REQUIRE(lone.receive(3, 2, 3, ZabNewLeader{kNoZxid}).messages.empty());
  const ZabEffects all = lone.core.written(cut.write, lone.moment());
  REQUIRE(all.hard_state == ZabHardState{2, 2});
  REQUIRE(find<ZabAckNewLeader>(all)->zxid == make_zxid(1, 1));
}

TEST_CASE("Zab: a leader takes part itself once its history is durable") {
  LoneZabCore lone;
  lone.follow(3);  // and has written something for 3, that is not durable yet
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  const auto taken = lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}})});
  (void)lone.receive(3, 1, 0, ZabClosed{false});
  lone.lead();
  (void)lone.joins(1, 0, entries({{0, 0}, {1, 1}}));
  const ZabEffects acked = lone.receive(3, 2, 3, ZabAckNewLeader{make_zxid(1, 1)});
  REQUIRE(lone.core.phase() == ZabPhase::synchronisation);
  REQUIRE_FALSE(acked.committed);
  const ZabEffects durable = lone.core.written(taken.write, lone.moment());
  REQUIRE(durable.hard_state == ZabHardState{2, 2});
  REQUIRE(durable.role->role == RaftRole::leader);
  REQUIRE(durable.committed == make_zxid(1, 1));
  REQUIRE(durable.append == entries({{2, 1}}));
  REQUIRE(find<ZabUpToDate>(durable)->committed == make_zxid(1, 1));
}

TEST_CASE("Zab: acks before NEWLEADER's move the window, and commit nothing") {
  ZabOptions options;
  options.entries_in_flight = 1;
  LoneZabCore lone({}, options);
  lone.lead();
  (void)lone.joins(0, 0, entries({{0, 0}}));
  const ZabEffects begun = lone.receive(3, 1, 3, ZabAckNewLeader{kNoZxid});
  REQUIRE(lone.core.role() == RaftRole::leader);
  const ZabEffects proposed = lone.core.propose(2, lone.moment());
  (void)lone.core.written(proposed.write, lone.moment());
  // 3 has lost its link and is a late joiner now.
  const ZabEffects again = lone.receive(3, 1, 1, ZabFollowerInfo{}, 66);
  REQUIRE(find<ZabLeaderInfo>(again) != nullptr);
  lone.link = 66;
  (void)lone.receive(3, 1, 2, ZabAckEpoch{1, entries({{0, 0}})});
  const ZabEffects second = lone.receive(3, 1, 3, ZabAck{make_zxid(1, 1)});
  REQUIRE(find<ZabProposals>(second)->entries == entries({{1, 2}}));
  REQUIRE_FALSE(second.committed);
  (void)lone.receive(3, 1, 4, ZabAck{make_zxid(1, 2)});
  const ZabEffects third = lone.receive(3, 1, 5, ZabAck{make_zxid(1, 3)});
  REQUIRE_FALSE(third.committed);
  const ZabEffects joined = lone.receive(3, 1, 6, ZabAckNewLeader{make_zxid(1, 3)});
  REQUIRE(joined.committed == make_zxid(1, 3));
  REQUIRE(begun.append == entries({{1, 1}}));
}

TEST_CASE("Zab: behind two messages that a follower has not acked, entries gather until it acks") {
  LoneZabCore lone;
  lone.lead();
  (void)lone.joins(0, 0, entries({{0, 0}}));
  (void)lone.receive(3, 1, 3, ZabAckNewLeader{kNoZxid});
  REQUIRE(find<ZabProposals>(lone.core.propose(1, lone.moment())) != nullptr);  // behind the no-op
  REQUIRE(find<ZabProposals>(lone.core.propose(1, lone.moment())) == nullptr);
  REQUIRE(find<ZabProposals>(lone.core.propose(1, lone.moment())) == nullptr);
  const ZabEffects acked = lone.receive(3, 1, 4, ZabAck{make_zxid(1, 1)});
  REQUIRE(find<ZabProposals>(acked)->entries == entries({{1, 3}, {1, 4}}));
}

TEST_CASE("Zab: a late note of a write does not count for what replaced it") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 2, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 2, 2, ZabSync{SyncWay::diff, kNoZxid});
  const auto old = lone.receive(3, 2, 3, ZabProposals{kNoZxid, entries({{2, 1}, {2, 2}})});
  (void)lone.receive(3, 2, 0, ZabClosed{false});
  lone.follow(1);
  (void)lone.receive(1, 3, 1, ZabLeaderInfo{});
  const ZabEffects installed = lone.receive(1, 3, 0, ZabSnapshot{make_zxid(1, 5)});
  REQUIRE(installed.install == make_zxid(1, 5));
  REQUIRE(lone.core.written(old.write, lone.moment()).messages.empty());
  REQUIRE(lone.core.synced() == kNoZxid);
  const ZabEffects durable = lone.core.written(installed.write, lone.moment());
  REQUIRE(find<ZabAck>(durable)->zxid == make_zxid(1, 5));
}

TEST_CASE("Zab: a late note of a write does not count for what was cut off of it") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  const auto old = lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}, {1, 2}})});
  (void)lone.receive(3, 1, 0, ZabClosed{false});
  lone.follow(1);
  (void)lone.receive(1, 2, 1, ZabLeaderInfo{});
  (void)lone.receive(1, 2, 2, ZabSync{SyncWay::trunc, make_zxid(1, 1)});
  (void)lone.receive(1, 2, 3, ZabProposals{make_zxid(1, 1), entries({{2, 1}})});
  const auto noted = lone.core.written(old.write, lone.moment());
  REQUIRE(find<ZabAck>(noted)->zxid == make_zxid(1, 1));
}

TEST_CASE("Zab: NEWLEADER is not acked by who was not sent all before it") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  const auto taken = lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}})});
  (void)lone.core.written(taken.write, lone.moment());
  // The driver had room for the first of two.
  const ZabEffects effects = lone.receive(3, 1, 4, ZabNewLeader{make_zxid(1, 2)});
  REQUIRE_FALSE(effects.hard_state);
  REQUIRE(find<ZabFollowerInfo>(effects) != nullptr);
}

TEST_CASE("Zab: a follower that acks NEWLEADER without all before it is not of the epoch") {
  for (const Zxid zxid : {kNoZxid, make_zxid(1, 2)}) {  // nor who has something else
    LoneZabCore lone(saved(1, 1, entries({{1, 1}})));
    lone.lead();
    (void)lone.joins(1, 1, entries({{0, 0}}));
    REQUIRE(find<ZabClosed>(lone.receive(3, 2, 3, ZabAckNewLeader{zxid}))->leading);
    REQUIRE(lone.core.phase() == ZabPhase::synchronisation);
  }
}

TEST_CASE("Zab: the last entries of a message that did not go along are noticed at the next ping") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  (void)lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}})});
  REQUIRE(find<ZabPong>(lone.receive(3, 1, 3, ZabPing{0, make_zxid(1, 1)})) != nullptr);
  REQUIRE(find<ZabFollowerInfo>(lone.receive(3, 1, 3, ZabPing{0, make_zxid(1, 2)})) != nullptr);
}

TEST_CASE("Zab: a snapshot of an earlier link is as good, of an earlier epoch it is not") {
  for (const uint32_t epoch : {2, 1}) {
    LoneZabCore lone;
    lone.follow(3);
    (void)lone.receive(3, 2, 1, ZabLeaderInfo{});
    const auto effects = lone.receive(3, epoch, 0, ZabSnapshot{make_zxid(1, 1)}, 99);
    REQUIRE(effects.install.has_value() == (epoch == 2));
  }
}

TEST_CASE("Zab: a snapshot that comes late does not replace entries behind it") {
  LoneZabCore lone(saved(2, 2, entries({{1, 1}, {1, 2}, {2, 1}})));
  lone.follow(3);
  (void)lone.receive(3, 3, 1, ZabLeaderInfo{});
  REQUIRE_FALSE(lone.receive(3, 3, 0, ZabSnapshot{make_zxid(1, 2)}).install);
}

TEST_CASE("Zab: a snapshot is taken once in a link, and only when a promise was asked for") {
  LoneZabCore lone;
  lone.follow(3);
  REQUIRE_FALSE(lone.receive(3, 0, 0, ZabSnapshot{make_zxid(1, 1)}).install);
  (void)lone.receive(3, 2, 1, ZabLeaderInfo{});
  REQUIRE(lone.receive(3, 2, 0, ZabSnapshot{make_zxid(1, 1)}).install);
  // Another one was on its way. The log may have entries by now that were acked.
  REQUIRE_FALSE(lone.receive(3, 2, 0, ZabSnapshot{make_zxid(1, 2)}).install);
}

TEST_CASE("Zab: NEWLEADER stands behind what was the last entry when the way was chosen") {
  ZabOptions options;
  options.entries_in_flight = 2;
  LoneZabCore lone({}, options);
  lone.lead();
  (void)lone.joins(0, 0, entries({{0, 0}}));
  (void)lone.receive(3, 1, 3, ZabAckNewLeader{kNoZxid});
  (void)lone.core.propose(2, lone.moment());
  lone.link = 44;
  (void)lone.receive(1, 1, 1, ZabFollowerInfo{});
  (void)lone.receive(1, 1, 2, ZabAckEpoch{0, entries({{0, 0}})});  // (1,1) (1,2) are on their way
  (void)lone.core.propose(2, lone.moment());
  const ZabEffects effects = lone.receive(1, 1, 3, ZabAck{make_zxid(1, 2)});
  REQUIRE(effects.messages.size() == 3);
  REQUIRE(std::get<ZabProposals>(effects.messages[0].body).entries == entries({{1, 3}}));
  REQUIRE(std::holds_alternative<ZabNewLeader>(effects.messages[1].body));
  REQUIRE(std::get<ZabProposals>(effects.messages[2].body).entries == entries({{1, 4}}));
}

namespace {
// It leads epoch 1, in which 1, on link 44, keeps up; 3, on link 55, has one entry in flight.
LoneZabCore with_slow_follower() {
  ZabOptions options;
  options.entries_in_flight = 1;
  LoneZabCore lone({}, options);
  lone.lead();
  (void)lone.joins(0, 0, entries({{0, 0}}));
  const ZabEffects begun = lone.receive(3, 1, 3, ZabAckNewLeader{kNoZxid});
  (void)lone.core.written(begun.write, lone.moment());
  (void)lone.receive(1, 1, 1, ZabFollowerInfo{}, 44);
  (void)lone.receive(1, 1, 2, ZabAckEpoch{0, entries({{0, 0}})}, 44);
  (void)lone.receive(1, 1, 3, ZabAck{make_zxid(1, 1)}, 44);
  (void)lone.receive(1, 1, 4, ZabAckNewLeader{make_zxid(1, 1)}, 44);
  const ZabEffects proposed = lone.core.propose(3, lone.moment());
  (void)lone.core.written(proposed.write, lone.moment());
  for (uint32_t i = 2; i <= 4; ++i) {
    (void)lone.receive(1, 1, 3 + i, ZabAck{make_zxid(1, i)}, 44);
  }
  REQUIRE(lone.core.committed() == make_zxid(1, 4));
  return lone;
}
}  // namespace

TEST_CASE("Zab: a follower is told of commits as far as it has the entries") {
  LoneZabCore lone = with_slow_follower();
  const ZabEffects effects = lone.receive(3, 1, 4, ZabAck{make_zxid(1, 1)});
  REQUIRE(find<ZabProposals>(effects)->entries == entries({{1, 2}}));
  REQUIRE(find<ZabCommit>(effects)->zxid == make_zxid(1, 2));
}

TEST_CASE("Zab: a follower whose next entry is compacted is told to ask anew, for a snapshot") {
  LoneZabCore lone = with_slow_follower();
  lone.core.compact(make_zxid(1, 3), make_zxid(1, 3));
  const ZabEffects effects = lone.receive(3, 1, 4, ZabAck{make_zxid(1, 1)});
  REQUIRE(find<ZabProposals>(effects) == nullptr);
  REQUIRE(find<ZabClosed>(effects)->leading);
  // The snapshot is on its way when the log goes on, and is compacted behind it.
  const auto ask = [&lone](uint64_t link) {
    lone.link = link;
    (void)lone.receive(3, 1, 1, ZabFollowerInfo{});
    return lone.receive(3, 1, 2, ZabAckEpoch{1, entries({{0, 0}, {1, 1}})});
  };
  REQUIRE(find<ZabSnapshot>(ask(66))->zxid == make_zxid(1, 3));
  lone.core.compact(make_zxid(1, 4), make_zxid(1, 4));
  REQUIRE(find<ZabClosed>(lone.receive(3, 1, 3, ZabAck{make_zxid(1, 3)}))->leading);
}

TEST_CASE("Zab: nothing is committed at a follower that is not of the epoch, or has not got it") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  const auto taken = lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}})});
  REQUIRE_FALSE(lone.receive(3, 1, 4, ZabCommit{make_zxid(1, 1)}).committed);
  (void)lone.core.written(taken.write, lone.moment());
  (void)lone.receive(3, 1, 5, ZabNewLeader{kNoZxid});
  REQUIRE(lone.receive(3, 1, 6, ZabUpToDate{make_zxid(1, 1)}).committed);
  REQUIRE_FALSE(lone.receive(3, 1, 7, ZabCommit{make_zxid(1, 2)}).committed);
}

}  // namespace weir
