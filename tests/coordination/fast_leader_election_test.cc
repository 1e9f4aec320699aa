#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/fast_leader_election.h"

namespace weir {
namespace {

constexpr TimePoint kStart{1};
constexpr Duration kWait = milliseconds(200);

ZabVote vote_for(int64_t leader, uint32_t epoch = 0, Zxid last = kNoZxid) {
  return {epoch, last, ServerId{leader}};
}

LeaderElection of_three(int64_t self, ZabVote own) {
  LeaderElection election({.self = ServerId{self},
                           .servers = {ServerId{1}, ServerId{2}, ServerId{3}},
                           .resend = kWait,
                           .finalize_wait = kWait});
  election.start(own, kStart);
  return election;
}

ZabNotification looking(uint64_t round, ZabVote vote) { return {ZabState::looking, round, vote}; }

}  // namespace

TEST_CASE("a vote goes to everybody at the start, and again while nothing is settled") {
  LeaderElection election = of_three(1, vote_for(1));
  REQUIRE(election.take_recipients() == std::vector{ServerId{2}, ServerId{3}});
  REQUIRE(election.take_recipients().empty());
  election.tick(kStart + kWait);
  REQUIRE(election.take_recipients() == std::vector{ServerId{2}, ServerId{3}});
}

TEST_CASE("votes compare by the epoch of the history, then by its end, then by the id") {
  REQUIRE(vote_for(1, 2, make_zxid(2, 1)) > vote_for(3, 1, make_zxid(1, 9)));
  REQUIRE(vote_for(1, 1, make_zxid(3, 1)) < vote_for(2, 2, make_zxid(2, 1)));  // took no part in 3
  REQUIRE(vote_for(1, 1, make_zxid(1, 3)) > vote_for(3, 1, make_zxid(1, 2)));
  REQUIRE(vote_for(2, 1, make_zxid(1, 2)) > vote_for(1, 1, make_zxid(1, 2)));
}

TEST_CASE("a better vote is adopted and told to everybody; a worse one is not") {
  LeaderElection election = of_three(2, vote_for(2));
  (void)election.take_recipients();
  election.receive(ServerId{1}, looking(1, vote_for(1)), kStart);
  REQUIRE(election.vote().leader == ServerId{2});
  REQUIRE(election.take_recipients().empty());
  election.receive(ServerId{3}, looking(1, vote_for(3)), kStart);
  REQUIRE(election.vote().leader == ServerId{3});
  REQUIRE(election.take_recipients().size() == 2);
}

TEST_CASE("a quorum settles it after a wait, in which a better vote may come") {
  for (const bool better_comes : {false, true}) {
    LeaderElection election = of_three(1, vote_for(1));
    election.receive(ServerId{2}, looking(1, vote_for(2)), kStart);
    REQUIRE(election.deadline() == TimePoint{0});  // there is a vote to tell
    (void)election.take_recipients();
    REQUIRE_FALSE(election.settled());
    if (better_comes) {
      election.receive(ServerId{3}, looking(1, vote_for(3)), kStart + milliseconds(199));
      election.tick(kStart + kWait);
      REQUIRE_FALSE(election.settled());  // the wait begins anew
      REQUIRE(election.vote().leader == ServerId{3});
      election.tick(kStart + milliseconds(399));
      REQUIRE(election.settled() == ServerId{3});
    } else {
      election.tick(kStart + milliseconds(199));
      REQUIRE_FALSE(election.settled());
      election.tick(kStart + kWait);
      REQUIRE(election.settled() == ServerId{2});
    }
  }
}

TEST_CASE("when all agree no better vote can come, and nothing is waited for") {
  LeaderElection election = of_three(3, vote_for(3));
  election.receive(ServerId{1}, looking(1, vote_for(3)), kStart);
  REQUIRE_FALSE(election.settled());
  election.receive(ServerId{2}, looking(1, vote_for(3)), kStart);
  REQUIRE(election.settled() == ServerId{3});
}

TEST_CASE("a later round replaces the votes of this one") {
  LeaderElection election = of_three(1, vote_for(1));
  election.receive(ServerId{2}, looking(1, vote_for(3)), kStart);
  REQUIRE(election.vote().leader == ServerId{3});
  election.receive(ServerId{2}, looking(4, vote_for(2)), kStart);  // 3 is gone, say
  REQUIRE(election.round() == 4);
  REQUIRE(election.vote().leader == ServerId{2});
}

TEST_CASE("an earlier round is answered and not counted") {
  LeaderElection election = of_three(1, vote_for(1));
  election.receive(ServerId{2}, looking(4, vote_for(2)), kStart);
  (void)election.take_recipients();
  election.receive(ServerId{3}, looking(3, vote_for(2)), kStart);
  REQUIRE(election.take_recipients() == std::vector{ServerId{3}});
  REQUIRE_FALSE(election.settled());  // all three would agree
}

TEST_CASE("a worse vote that comes late in its round does not take back the better one") {
  LeaderElection election = of_three(3, vote_for(3));
  election.receive(ServerId{1}, looking(1, vote_for(3)), kStart);
  election.receive(ServerId{1}, looking(1, vote_for(1)), kStart);
  election.receive(ServerId{2}, looking(1, vote_for(3)), kStart);
  REQUIRE(election.settled() == ServerId{3});
}

TEST_CASE("a leader whom a quorum names is joined once it says itself that it leads") {
  LeaderElection election = of_three(3, vote_for(3, 9, make_zxid(9, 9)));
  election.receive(ServerId{1}, {ZabState::following, 1, vote_for(2)}, kStart);
  REQUIRE_FALSE(election.settled());
  election.receive(ServerId{2}, {ZabState::following, 1, vote_for(1)}, kStart);
  REQUIRE_FALSE(election.settled());
  election.receive(ServerId{2}, {ZabState::leading, 1, vote_for(2)}, kStart);
  REQUIRE(election.settled() == ServerId{2});
}

TEST_CASE("a leader that looks again leads no longer") {
  LeaderElection election = of_three(3, vote_for(3));
  election.receive(ServerId{2}, {ZabState::leading, 1, vote_for(2)}, kStart);
  election.receive(ServerId{2}, looking(1, vote_for(2)), kStart);
  election.receive(ServerId{1}, {ZabState::following, 1, vote_for(2)}, kStart);
  REQUIRE_FALSE(election.settled());
}

TEST_CASE("a leader that nobody else names is not joined") {
  LeaderElection election = of_three(3, vote_for(3));
  election.receive(ServerId{2}, {ZabState::leading, 1, vote_for(2)}, kStart);
  election.receive(ServerId{1}, looking(1, vote_for(1)), kStart);
  election.tick(kStart + kWait);
  REQUIRE_FALSE(election.settled());
}

TEST_CASE("a server alone settles on itself at once") {
  LeaderElection election(
      {.self = ServerId{1}, .servers = {ServerId{1}}, .resend = kWait, .finalize_wait = kWait});
  election.start(vote_for(1), kStart);
  REQUIRE(election.deadline() <= kStart);
  election.tick(kStart);
  REQUIRE(election.settled() == ServerId{1});
}

TEST_CASE("a server without a voice counts for nothing, and joins a leader that there is") {
  LeaderElection mute({.self = ServerId{3},
                       .servers = {ServerId{1}, ServerId{2}, ServerId{3}},
                       .resend = kWait,
                       .finalize_wait = kWait});
  mute.start(vote_for(3), kStart, false);
  REQUIRE(mute.round() == 0);
  mute.receive(ServerId{1}, looking(1, vote_for(2)), kStart);
  mute.receive(ServerId{2}, looking(1, vote_for(2)), kStart);
  mute.tick(kStart + kWait * 10);
  REQUIRE_FALSE(mute.settled());
  REQUIRE(mute.round() == 0);
  REQUIRE(mute.vote() == vote_for(3));
  LeaderElection other = of_three(1, vote_for(1));
  (void)other.take_recipients();
  other.receive(ServerId{3}, looking(0, vote_for(3)), kStart);
  REQUIRE(other.vote().leader == ServerId{1});
  REQUIRE(other.take_recipients() == std::vector{ServerId{3}});  // it is told what it asked for
  mute.receive(ServerId{1}, {ZabState::following, 1, vote_for(2)}, kStart);
  mute.receive(ServerId{2}, {ZabState::leading, 1, vote_for(2)}, kStart);
  REQUIRE(mute.settled() == ServerId{2});
}

}  // namespace weir
