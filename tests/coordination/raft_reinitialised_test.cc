// A server of Raft that has lost its disk, in sentences. Servers are 0, 1, 2, ...
#include "tests/support/test_pch.h"

#include "tests/coordination/core_steps.h"

namespace weir {
namespace {

// `server` asks, and everybody among `servers` says what there is to say.
void ask(RaftCluster& cluster, size_t server, const std::vector<size_t>& servers) {
  cluster.pass(milliseconds(200));
  cluster.tick(server);
  cluster.settle_among(servers);
}

void beat(RaftCluster& cluster, size_t leader, const std::vector<size_t>& servers) {
  cluster.time_out(leader);
  cluster.settle_among(servers);
}

template <class Kind>
RaftMessage take_from(RaftCluster& cluster, size_t from, size_t to) {
  for (size_t i = 0; i < cluster.network().size(); ++i) {
    const RaftMessage message = cluster.network()[i];
    if (message.from != ServerId{static_cast<int64_t>(from) + 1} ||
        message.to != ServerId{static_cast<int64_t>(to) + 1} ||
        !std::holds_alternative<Kind>(message.body)) {
      continue;
    }
    cluster.drop(i);
    return message;
  }
  FAIL("no such message");
  return {};
}

}  // namespace

TEST_CASE("a server whose disk was wiped gets everything back, and votes again") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0, 3);
  cluster.settle();
  wipe(cluster, 2);
  REQUIRE(cluster.is_reinitialised(2));
  ask(cluster, 2, {0, 1, 2});
  beat(cluster, 0, {0, 1, 2});
  REQUIRE_FALSE(cluster.is_reinitialised(2));
  REQUIRE(cluster.log_of(2) == cluster.log_of(0));
  cluster.crash(0);
  elect(cluster, 1, {1, 2});
}

TEST_CASE("a server that was reinitialised says nothing before all others have answered") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0);
  cluster.settle_among({0, 2});  // 1 has never heard of it, and what 2 knew is gone
  cluster.crash(0);
  wipe(cluster, 2);
  for (int i = 0; i < 10; ++i) {
    ask(cluster, 2, {1, 2});
    cluster.pass(seconds(2));
    cluster.time_out(1);
    cluster.settle_among({1, 2});
  }
  REQUIRE_FALSE(cluster.leader());
  cluster.restart(0);
  elect(cluster, 0, {0, 1});
  REQUIRE(cluster.committed().size() == 3);
  ask(cluster, 2, {0, 1, 2});
  beat(cluster, 0, {0, 1, 2});
  REQUIRE(cluster.log_of(2) == cluster.log_of(0));
  REQUIRE_FALSE(cluster.is_reinitialised(2));
}

TEST_CASE("a server that was reinitialised does not ack to a leader of the past") {
  RaftCluster cluster(5);
  elect(cluster, 0, {0, 1, 2, 3, 4});
  elect(cluster, 4, {2, 3, 4});  // 2 has voted; 0 and 1 do not know
  REQUIRE(cluster.core(0).role() == RaftRole::leader);
  wipe(cluster, 2);
  ask(cluster, 2, {0, 1, 2});
  cluster.propose(0);
  beat(cluster, 0, {0, 1, 2});
  REQUIRE(cluster.log_of(2).empty());
  ask(cluster, 2, {0, 1, 2, 3, 4});
  REQUIRE(cluster.core(2).term() == cluster.core(4).term());
  cluster.time_out(0);
  cluster.settle();
  REQUIRE(cluster.violation().empty());
}

TEST_CASE("a server that was reinitialised does not vote before it has what the leader had") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0);
  cluster.settle_among({0, 2});
  REQUIRE(cluster.committed().size() == 2);
  wipe(cluster, 2);
  cluster.tick(2);
  while (!cluster.network().empty()) cluster.deliver(0);  // it knows all terms, and has no log
  REQUIRE(cluster.core(2).term() == 1);
  cluster.crash(0);
  cluster.pass(seconds(3));
  cluster.time_out(1);
  cluster.settle_among({1, 2});
  REQUIRE_FALSE(cluster.leader());
}

TEST_CASE("what was reinitialised stays so over a crash") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  wipe(cluster, 2);
  cluster.tick(2);
  while (!cluster.network().empty()) cluster.deliver(0);
  cluster.crash(2);
  REQUIRE(cluster.is_reinitialised(2));
  cluster.restart(2);
  cluster.pass(seconds(3));
  cluster.time_out(1);
  cluster.settle_among({1, 2});
  REQUIRE(cluster.core(1).role() != RaftRole::leader);
}

TEST_CASE("an answer to an earlier life counts for nothing") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  wipe(cluster, 2);
  cluster.tick(2);
  cluster.deliver(0);
  cluster.deliver(0);
  const RaftMessage first = take_from<TermReply>(cluster, 0, 2);
  const RaftMessage second = take_from<TermReply>(cluster, 1, 2);
  wipe(cluster, 2);
  cluster.forge(first);
  cluster.forge(second);
  REQUIRE(cluster.core(2).term() == 0);
}

TEST_CASE("two of five that were reinitialised come back, though each has only the other's word") {
  RaftCluster cluster(5);
  elect(cluster, 0, {0, 1, 2, 3, 4});
  wipe(cluster, 3);
  wipe(cluster, 4);
  for (int i = 0; i < 3; ++i) {
    ask(cluster, 3, {0, 1, 2, 3, 4});
    ask(cluster, 4, {0, 1, 2, 3, 4});
    beat(cluster, 0, {0, 1, 2, 3, 4});
  }
  REQUIRE_FALSE(cluster.is_reinitialised(3));
  REQUIRE_FALSE(cluster.is_reinitialised(4));
}

TEST_CASE("when a majority was reinitialised all of it waits") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  wipe(cluster, 1);
  wipe(cluster, 2);
  for (int i = 0; i < 5; ++i) {
    ask(cluster, 1, {0, 1, 2});
    ask(cluster, 2, {0, 1, 2});
    beat(cluster, 0, {0, 1, 2});
  }
  REQUIRE(cluster.is_reinitialised(1));
  REQUIRE(cluster.is_reinitialised(2));
  REQUIRE(cluster.log_of(1).empty());
}

// Two lives of server 1 want to lead term 3. Server 0 has voted for the first, and has forgotten it.
TEST_CASE("a vote that an earlier life asked for elects nobody") {
  for (const bool holds : {true, false}) {
    RaftCluster cluster(5, {.votes_end_with_life = holds, .pre_vote = false});
    elect(cluster, 2, {0, 1, 2, 3, 4});
    cluster.pass(seconds(2));
    for (int i = 0; i < 2; ++i) {
      cluster.drop_all();
      cluster.time_out(1);
    }
    cluster.forge(take_from<VoteRequest>(cluster, 1, 0));
    const RaftMessage late = take_from<VoteReply>(cluster, 0, 1);
    REQUIRE(late.term == 3);
    cluster.drop_all();
    wipe(cluster, 0);
    wipe(cluster, 1);
    elect(cluster, 3, {2, 3, 4});
    ask(cluster, 0, {0, 1, 2, 3, 4});
    ask(cluster, 1, {0, 1, 2, 3, 4});
    beat(cluster, 3, {0, 1, 2, 3, 4});
    REQUIRE_FALSE(cluster.is_reinitialised(0));
    REQUIRE_FALSE(cluster.is_reinitialised(1));
    cluster.pass(seconds(2));
    cluster.time_out(1);
    cluster.time_out(4);
    cluster.forge(take_from<VoteRequest>(cluster, 1, 2));
    cluster.forge(take_from<VoteRequest>(cluster, 4, 0));
    cluster.forge(take_from<VoteRequest>(cluster, 4, 3));
    cluster.forge(take_from<VoteReply>(cluster, 0, 4));
    cluster.forge(take_from<VoteReply>(cluster, 3, 4));
    REQUIRE(cluster.core(4).role() == RaftRole::leader);
    cluster.forge(take_from<VoteReply>(cluster, 2, 1));
    cluster.forge(late);
    REQUIRE(cluster.violation().empty() == holds);
  }
}

}  // namespace weir
