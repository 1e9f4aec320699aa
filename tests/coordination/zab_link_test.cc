// Links and bad input in sentences, a core at a time.
#include "tests/support/test_pch.h"

#include "tests/coordination/lone_zab_core.h"

namespace weir {

// --- links ---------------------------------------------------------------------------------------

TEST_CASE("Zab: a question without an answer is asked again, with the same number") {
  LoneZabCore lone;
  lone.follow(3);
  lone.now = lone.now + milliseconds(200);
  const ZabEffects again = lone.core.tick(lone.moment());
  REQUIRE(again.messages.size() == 1);
  REQUIRE(again.messages.front().link == lone.link);
  REQUIRE(again.messages.front().number == 1);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  lone.now = lone.now + milliseconds(200);
  REQUIRE(lone.core.tick(lone.moment()).messages.empty());
}

TEST_CASE("Zab: a question that comes twice opens one link") {
  LoneZabCore lone;
  lone.lead();
  lone.link = 55;
  REQUIRE(find<ZabLeaderInfo>(lone.receive(3, 0, 1, ZabFollowerInfo{})) != nullptr);
  REQUIRE(lone.receive(3, 0, 1, ZabFollowerInfo{}).messages.empty());
}

TEST_CASE("Zab: a gap in what the leader says ends the link, and another is asked for") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  const ZabEffects gap = lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 1}})});
  REQUIRE(gap.append.empty());
  REQUIRE(find<ZabFollowerInfo>(gap) != nullptr);
  REQUIRE(gap.messages.front().link != lone.link);
  // What the old link still says is not heard.
  REQUIRE(lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid}).phases.empty());
}

TEST_CASE("Zab: a gap in what a follower says, or a link of another time, is told it") {
  LoneZabCore lone;
  lone.lead();
  lone.link = 55;
  (void)lone.receive(3, 0, 1, ZabFollowerInfo{});
  const ZabEffects gap = lone.receive(3, 1, 3, ZabAck{});
  REQUIRE(find<ZabClosed>(gap)->leading);
  REQUIRE(find<ZabClosed>(lone.receive(3, 1, 2, ZabPong{}, 54))->leading);
  LoneZabCore looking;
  REQUIRE_FALSE(find<ZabClosed>(looking.receive(3, 1, 2, ZabPong{}, 54))->leading);
}

TEST_CASE("Zab: who asks a follower to lead is told that it does not") {
  LoneZabCore lone;
  lone.follow(3);
  REQUIRE_FALSE(find<ZabClosed>(lone.receive(1, 0, 1, ZabFollowerInfo{}, 44))->leading);
}

TEST_CASE("Zab: a leader that leads anew on an old link, by a doubled question, is asked again") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  for (const bool by_ping : {true, false}) {
    const uint32_t epoch = by_ping ? 2 : 3;
    const ZabEffects effects =
        by_ping ? lone.receive(3, epoch, 1, ZabPing{}) : lone.receive(3, epoch, 1, ZabLeaderInfo{});
    REQUIRE(find<ZabFollowerInfo>(effects) != nullptr);
    lone.link = effects.messages.front().link;
    (void)lone.receive(3, epoch, 1, ZabLeaderInfo{});
    REQUIRE(lone.core.term() == epoch);
  }
}

TEST_CASE("Zab: what was said in an earlier epoch of the same leader does not count in the next") {
  LoneZabCore lone;
  lone.lead();
  (void)lone.joins(0, 0, entries({{0, 0}}));
  const auto begun = lone.receive(3, 1, 3, ZabAckNewLeader{kNoZxid});
  (void)lone.core.written(begun.write, lone.moment());
  (void)lone.receive(1, 4, 1, ZabFollowerInfo{}, 44);  // it gives up
  lone.lead();
  (void)lone.receive(1, 4, 1, ZabFollowerInfo{}, 45);
  REQUIRE(lone.core.term() == 5);
  // The first message of the old link comes twice, and the rest with it.
  (void)lone.receive(3, 0, 1, ZabFollowerInfo{}, 55);
  (void)lone.receive(3, 1, 2, ZabAckEpoch{0, entries({{0, 0}})}, 55);
  REQUIRE(lone.core.phase() == ZabPhase::discovery);
  // Pongs, too.
  (void)lone.receive(1, 5, 2, ZabAckEpoch{0, entries({{0, 0}})}, 45);
  (void)lone.receive(1, 5, 3, ZabAckNewLeader{make_zxid(1, 1)}, 45);
  REQUIRE(lone.core.role() == RaftRole::leader);
  REQUIRE(lone.core.read(9, lone.moment()).reads.empty());
  REQUIRE(lone.receive(3, 1, 2, ZabPong{8}, 55).reads.empty());
  REQUIRE(lone.receive(1, 5, 3, ZabPong{1}, 45).reads.size() == 1);
}

// --- bad input -----------------------------------------------------------------------------------

TEST_CASE("Zab: entries that do not follow one another are not taken, nor is a stranger heard") {
  LoneZabCore lone;
  lone.follow(3);
  (void)lone.receive(3, 1, 1, ZabLeaderInfo{});
  (void)lone.receive(3, 1, 2, ZabSync{SyncWay::diff, kNoZxid});
  REQUIRE(lone.receive(3, 1, 3, ZabProposals{kNoZxid, entries({{1, 2}})}).append.empty());
  const ZabVote stranger{9, make_zxid(9, 9), ServerId{9}};
  REQUIRE(lone.receive(9, 1, 0, ZabNotification{}, 0).messages.empty());
  (void)lone.receive(3, 1, 0, ZabClosed{false});
  REQUIRE(lone.core.phase() == ZabPhase::election);
  REQUIRE(
      lone.receive(1, 1, 0, ZabNotification{ZabState::looking, 999, stranger}, 0).messages.empty());
}

TEST_CASE("Zab: a promise with nothing in it, or a cut to what is not there, is not acted upon") {
  LoneZabCore leading;
  leading.lead();
  leading.link = 55;
  (void)leading.receive(3, 0, 1, ZabFollowerInfo{});
  REQUIRE(find<ZabClosed>(leading.receive(3, 1, 2, ZabAckEpoch{}))->leading);
  REQUIRE(leading.core.phase() == ZabPhase::discovery);
  LoneZabCore following;
  following.follow(3);
  (void)following.receive(3, 1, 1, ZabLeaderInfo{});
  const auto asked = following.receive(3, 1, 2, ZabSync{SyncWay::trunc, make_zxid(1, 1)});
  REQUIRE_FALSE(asked.truncate_after);
  REQUIRE(find<ZabFollowerInfo>(asked) != nullptr);
}

TEST_CASE("Zab: a follower tells the newest 1,024 ends of its epochs, and no more") {
  std::vector<Zxid> list;
  for (uint32_t epoch = 1; epoch <= 1500; ++epoch) list.push_back(make_zxid(epoch, 1));
  LoneZabCore lone(saved(1500, 1500, list));
  lone.follow(3);
  const auto effects = lone.receive(3, 1501, 1, ZabLeaderInfo{});
  const auto* ack = find<ZabAckEpoch>(effects);
  REQUIRE(ack->ends.size() == 1024);
  REQUIRE(ack->ends.back() == make_zxid(1500, 1));
}

}  // namespace weir
