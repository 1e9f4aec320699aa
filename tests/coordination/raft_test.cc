// Raft in sentences. Servers are 0, 1, 2, ...; every step is checked by CoreCluster, too.
#include "tests/support/test_pch.h"

#include "tests/coordination/core_steps.h"

namespace weir {
namespace {

std::vector<Zxid> entries(std::initializer_list<std::pair<uint32_t, uint32_t>> list) {
  std::vector<Zxid> zxids;
  for (const auto& [term, counter] : list) zxids.push_back(make_zxid(term, counter));
  return zxids;
}

void beat(RaftCluster& cluster, size_t server) {
  cluster.time_out(server);
  cluster.settle();
}

}  // namespace

TEST_CASE("a server alone elects itself and commits what its own disk has") {
  RaftCluster cluster(1);
  cluster.time_out(0);
  REQUIRE(cluster.core(0).role() == RaftRole::leader);
  cluster.propose(0, 2);
  REQUIRE(cluster.committed().empty());
  cluster.sync(0);
  REQUIRE(cluster.committed() == entries({{1, 1}, {1, 2}, {1, 3}}));
}

TEST_CASE("a leader's no-op is the first entry of its term, and is committed by a majority") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  REQUIRE(cluster.core(0).term() == 1);
  REQUIRE(cluster.committed() == entries({{1, 1}}));
  cluster.propose(0, 2);
  cluster.settle();
  REQUIRE(cluster.committed() == entries({{1, 1}, {1, 2}, {1, 3}}));
  for (size_t i = 0; i < 3; ++i) REQUIRE(cluster.core(i).committed() == make_zxid(1, 3));
}

TEST_CASE("a server that does not lead appends nothing") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(1);
  REQUIRE(cluster.unsynced(1) == 0);
}

TEST_CASE("what is not durable at a majority is not committed, though everybody has it") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0);
  while (!cluster.network().empty()) cluster.deliver(0);
  REQUIRE(cluster.log_of(2).size() == 2);
  cluster.sync(1);
  while (!cluster.network().empty()) cluster.deliver(0);
  REQUIRE(cluster.committed().size() == 1);
  cluster.sync(2);  // two followers are a majority, the leader's own disk is still busy
  while (!cluster.network().empty()) cluster.deliver(0);
  REQUIRE(cluster.committed().size() == 2);
}

TEST_CASE("a candidate whose log ends earlier is not elected") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0);
  cluster.settle_among({0, 1});
  cluster.crash(0);
  cluster.pass(seconds(2));
  cluster.time_out(2);
  cluster.settle_among({1, 2});
  REQUIRE_FALSE(cluster.leader());
  elect(cluster, 1, {1, 2});
  REQUIRE(cluster.log_of(2) == cluster.log_of(1));
}

TEST_CASE("a vote is remembered over a crash: a second candidate of the term does not get it") {
  RaftCluster cluster(3);
  cluster.pass(seconds(3));
  cluster.tick(0);
  cluster.tick(1);
  // Both ask in earnest: pre-votes are granted to anybody.
  const auto deliver_to = [&](int64_t to, auto kind) {
    for (size_t i = 0; i < cluster.network().size(); ++i) {
      const RaftMessage& message = cluster.network()[i];
      if (message.to == ServerId{to} && std::holds_alternative<decltype(kind)>(message.body)) {
        return cluster.deliver(i);
      }
    }
    FAIL("no such message");
  };
  deliver_to(3, VoteRequest{});
  deliver_to(3, VoteRequest{});
  deliver_to(1, VoteReply{});
  deliver_to(2, VoteReply{});
  REQUIRE(cluster.core(0).role() == RaftRole::candidate);
  REQUIRE(cluster.core(1).role() == RaftRole::candidate);
  deliver_to(3, VoteRequest{});  // of one of them
  cluster.crash(2);
  cluster.restart(2);
  cluster.settle();
  REQUIRE(cluster.violation().empty());
  REQUIRE(cluster.leader());
}

TEST_CASE("a conflicting suffix is cut off, as in the header's example") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0);
  cluster.settle();
  cluster.cut_off(0, true);
  cluster.propose(0);
  cluster.propose(0);
  cluster.sync(0);
  REQUIRE(cluster.log_of(0) == entries({{1, 1}, {1, 2}, {1, 3}, {1, 4}}));
  elect(cluster, 1, {1, 2});
  cluster.propose(1);
  cluster.settle_among({1, 2});
  cluster.cut_off(0, false);
  beat(cluster, 1);
  REQUIRE(cluster.log_of(0) == entries({{1, 1}, {1, 2}, {2, 1}, {2, 2}}));
  REQUIRE(cluster.core(0).committed() == make_zxid(2, 2));
  REQUIRE(cluster.violation().empty());
}

TEST_CASE("an entry of an old term is not committed because a majority has it (figure 8)") {
  RaftCluster cluster(5);
  elect(cluster, 0, {0, 1, 2, 3, 4});
  cluster.propose(0);
  cluster.settle_among({0, 1});  // (a) (1,2) at 0 and 1
  REQUIRE(cluster.committed() == entries({{1, 1}}));
  cluster.crash(0);
  // (b) 4 leads term 2 with the votes of 2 and 3; its (2,1) reaches nobody
  cluster.pass(seconds(3));
  cluster.time_out(4);
  const auto lead = [&cluster](size_t server, const std::vector<size_t>& voters) {
    for (int step = 0; step < 100 && cluster.core(server).role() != RaftRole::leader; ++step) {
      if (cluster.network().empty()) cluster.time_out(server);  // it has learned of a later term
      const RaftMessage message = cluster.network().front();
      const auto in = [&](ServerId id) {
        return std::count(voters.begin(), voters.end(), static_cast<size_t>(id.value() - 1)) > 0;
      };
      if (in(message.from) && in(message.to)) {
        cluster.deliver(0);
      } else {
        cluster.drop(0);
      }
    }
    cluster.sync(server);
    cluster.drop_all();
    REQUIRE(cluster.core(server).role() == RaftRole::leader);
  };
  lead(4, {2, 3, 4});
  REQUIRE(cluster.log_of(4) == entries({{1, 1}, {2, 1}}));
  cluster.crash(4);
  // (c) 0 is back, leads term 3, and (1,2) reaches server 2: it is at a majority. (3,1) is lost on
  // the way
  cluster.restart(0);
  cluster.pass(seconds(3));
  cluster.time_out(0);
  lead(0, {0, 1, 2, 3});
  REQUIRE(cluster.core(0).term() == 3);
  cluster.time_out(0);  // probes
  for (int step = 0; step < 200 && !cluster.network().empty(); ++step) {
    const RaftMessage message = cluster.network().front();
    const auto* append = std::get_if<AppendRequest>(&message.body);
    const bool to_2 = message.to == ServerId{3} || message.from == ServerId{3};
    const bool to_1 = message.to == ServerId{2} || message.from == ServerId{2};
    const bool has_noop =
        append != nullptr && !append->entries.empty() && append->entries.back() == make_zxid(3, 1);
    if (has_noop && append->entries.size() > 1) {  // what a smaller limit would have sent
      REQUIRE(append->entries == entries({{1, 2}, {3, 1}}));
    }
    if ((to_1 || to_2) && !has_noop) {
      cluster.deliver(0);
    } else {
      cluster.drop(0);
    }
    for (const size_t server : {0, 1, 2}) cluster.sync(server);
  }
  REQUIRE(cluster.committed() == entries({{1, 1}}));
  REQUIRE(cluster.violation().empty());
}

TEST_CASE("an answer that comes twice, or late, changes nothing") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0, 3);
  for (int step = 0; step < 60 && !cluster.network().empty(); ++step) {
    cluster.deliver(cluster.network().size() - 1, step % 2 == 0);
    for (const size_t server : {0, 1, 2}) cluster.sync(server);
  }
  cluster.drop_all();
  beat(cluster, 0);
  beat(cluster, 0);
  REQUIRE(cluster.committed().size() == 4);
  REQUIRE(cluster.log_of(2) == cluster.log_of(0));
  REQUIRE(cluster.violation().empty());
}

TEST_CASE("a follower whose entries are compacted gets a snapshot, and the log behind it") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.cut_off(2, true);
  cluster.propose(0, 5);
  cluster.settle();
  cluster.compact(0, 50);
  REQUIRE(cluster.core(0).log().base() > make_zxid(1, 1));
  cluster.cut_off(2, false);
  beat(cluster, 0);
  beat(cluster, 0);
  REQUIRE(cluster.core(2).log().base() == cluster.core(0).log().base());
  REQUIRE(cluster.log_of(2) == cluster.log_of(0));
  REQUIRE(cluster.core(2).committed() == make_zxid(1, 6));
  cluster.crash(2);
  cluster.restart(2);
  REQUIRE(cluster.core(2).log().base() == cluster.core(0).log().base());
}

TEST_CASE("a snapshot that was lost is sent again after its time") {
  RaftOptions options;
  options.snapshot_retry = milliseconds(500);
  RaftCluster cluster(3, {}, options);
  elect(cluster, 0, {0, 1, 2});
  cluster.cut_off(2, true);
  cluster.propose(0, 5);
  cluster.settle();
  cluster.compact(0, 100);
  cluster.cut_off(2, false);
  for (int beats = 0; beats < 8; ++beats) {
    cluster.time_out(0);
    for (size_t i = 0; beats < 3 && i < cluster.network().size();) {
      const bool snapshot = std::holds_alternative<SnapshotRequest>(cluster.network()[i].body);
      if (snapshot) {
        cluster.drop(i);
      } else {
        cluster.deliver(i);
      }
    }
    if (beats >= 3) cluster.settle();
  }
  REQUIRE(cluster.log_of(2) == cluster.log_of(0));
}

TEST_CASE("a leader that a majority does not answer steps down") {
  for (const bool rule : {true, false}) {
    RaftCluster cluster(3, {.check_quorum = rule});
    elect(cluster, 0, {0, 1, 2});
    cluster.cut_off(0, true);
    for (int beats = 0; beats < 20; ++beats) {
      if (cluster.core(0).role() == RaftRole::leader) beat(cluster, 0);
    }
    REQUIRE((cluster.core(0).role() == RaftRole::leader) == !rule);
  }
}

TEST_CASE("a server that was cut off does not disturb the leader when it comes back") {
  for (const bool rule : {true, false}) {
    RaftCluster cluster(3, {.pre_vote = rule});
    elect(cluster, 0, {0, 1, 2});
    for (const bool cut : {true, false}) {
      cluster.cut_off(2, cut);
      for (int step = 0; step < 50; ++step) {
        cluster.pass(milliseconds(100));
        cluster.tick_all();
        cluster.settle();
      }
    }
    REQUIRE((cluster.core(0).term() == 1) == rule);
    REQUIRE((cluster.core(2).term() == 1) == rule);
  }
}

TEST_CASE("nobody gives a vote away while it hears a leader") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  while (cluster.core(2).deadline() > cluster.now()) {  // the leader's messages to it are lost
    cluster.pass(milliseconds(100));
    cluster.tick(0);
    cluster.settle_among({0, 1});
  }
  cluster.tick(2);
  REQUIRE(cluster.core(2).role() == RaftRole::pre_candidate);
  cluster.settle();
  REQUIRE(cluster.core(2).role() == RaftRole::pre_candidate);
  beat(cluster, 0);
  REQUIRE(cluster.core(0).role() == RaftRole::leader);
  REQUIRE(cluster.core(2).role() == RaftRole::follower);
  REQUIRE(cluster.core(2).leader() == ServerId{1});
}

TEST_CASE("a read is answered once a majority has answered the leader since it was asked") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0);
  cluster.settle();
  cluster.read(0);
  REQUIRE(cluster.reads().empty());
  cluster.settle();
  REQUIRE(cluster.reads().size() == 1);
  REQUIRE(cluster.reads().front().at == make_zxid(1, 2));
}

TEST_CASE("a read at a server that does not lead, or no longer does, is refused") {
  RaftCluster cluster(3);
  elect(cluster, 0, {0, 1, 2});
  cluster.read(1);
  REQUIRE(cluster.reads().size() == 1);
  REQUIRE_FALSE(cluster.reads().back().at);
  cluster.cut_off(0, true);
  cluster.read(0);
  elect(cluster, 1, {1, 2});
  cluster.cut_off(0, false);
  beat(cluster, 1);
  REQUIRE(cluster.reads().size() == 2);
  REQUIRE_FALSE(cluster.reads().back().at);
}

TEST_CASE("reads that wait have a limit") {
  RaftOptions options;
  options.reads_waiting = 2;
  RaftCluster cluster(3, {}, options);
  elect(cluster, 0, {0, 1, 2});
  for (int i = 0; i < 3; ++i) cluster.read(0);
  REQUIRE(cluster.reads().size() == 1);  // the third is refused at once
  REQUIRE_FALSE(cluster.reads().front().at);
  cluster.settle();
  REQUIRE(cluster.reads().size() == 3);
}

TEST_CASE("messages and what is in flight to one follower have a limit") {
  RaftOptions options;
  options.entries_per_message = 2;
  options.entries_in_flight = 5;
  RaftCluster cluster(3, {}, options);
  elect(cluster, 0, {0, 1, 2});
  cluster.drop_all();
  cluster.propose(0, 20);
  size_t to_1 = 0;
  for (const RaftMessage& message : cluster.network()) {
    const auto& append = std::get<AppendRequest>(message.body);
    REQUIRE(append.entries.size() <= 2);
    if (message.to == ServerId{2}) to_1 += append.entries.size();
  }
  REQUIRE(to_1 == 5);
  cluster.settle();
  REQUIRE(cluster.committed().size() == 21);
}

TEST_CASE("behind two messages that a follower has not acked, entries gather until it acks or one is full") {
  RaftOptions options;
  options.entries_per_message = 4;
  RaftCluster cluster(3, {}, options);
  elect(cluster, 0, {0, 1, 2});
  cluster.settle();
  const auto sizes = [&] {
    std::vector<size_t> sizes;
    for (const RaftMessage& message : cluster.network()) {
      const auto* append = std::get_if<AppendRequest>(&message.body);
      if (append && message.to == ServerId{2}) sizes.push_back(append->entries.size());
    }
    return sizes;
  };
  for (int i = 0; i < 5; ++i) cluster.propose(0);
  REQUIRE(sizes() == std::vector<size_t>{1, 1});
  cluster.propose(0);
  REQUIRE(sizes() == std::vector<size_t>{1, 1, 4});
  cluster.settle();
  REQUIRE(cluster.committed().size() == 7);
}

TEST_CASE("a term whose counters are used up ends, and the next leader counts from 1") {
  RaftOptions options;
  options.last_counter = 3;
  RaftCluster cluster(3, {}, options);
  elect(cluster, 0, {0, 1, 2});
  cluster.propose(0, 2);
  cluster.settle();
  cluster.propose(0);
  REQUIRE(cluster.core(0).role() == RaftRole::follower);
  elect(cluster, 0, {0, 1, 2});
  REQUIRE(cluster.log_of(1) == entries({{1, 1}, {1, 2}, {1, 3}, {2, 1}}));
}

TEST_CASE("a late note of a write that was cut off does not count for what replaced it") {
  RaftOptions options{.self = ServerId{2}, .servers = {ServerId{1}, ServerId{2}, ServerId{3}}};
  RaftCore core(options, {}, {TimePoint{1}, 0});
  const auto append = [&](int64_t from, uint32_t term, Zxid previous, std::vector<Zxid> list) {
    return core.receive(
        {ServerId{from}, ServerId{2}, term, AppendRequest{previous, std::move(list), kNoZxid, 0}},
        {TimePoint{2}, 0});
  };
  const RaftEffects first = append(1, 1, kNoZxid, entries({{1, 1}, {1, 2}}));
  const RaftEffects second = append(3, 2, make_zxid(1, 1), entries({{2, 1}}));
  REQUIRE(second.truncate_after == make_zxid(1, 1));
  const RaftEffects third = append(1, 3, make_zxid(1, 1), entries({{3, 1}}));
  REQUIRE(core.synced() == kNoZxid);
  (void)core.written(first.write, {TimePoint{3}, 0});
  REQUIRE(core.synced() == make_zxid(1, 1));
  (void)core.written(second.write, {TimePoint{3}, 0});
  REQUIRE(core.synced() == make_zxid(1, 1));
  (void)core.written(third.write, {TimePoint{3}, 0});
  REQUIRE(core.synced() == make_zxid(3, 1));
}

namespace {
// One core, told by hand: server 2 of 1, 2, 3.
class LoneCore {
 public:
  RaftEffects append(int64_t from, uint32_t term, Zxid previous, std::vector<Zxid> list,
                     uint64_t round = 0) {
    return receive(from, term, AppendRequest{previous, std::move(list), kNoZxid, round});
  }
  RaftEffects receive(int64_t from, uint32_t term, decltype(RaftMessage::body) body) {
    return core.receive({ServerId{from}, ServerId{2}, term, std::move(body)}, moment());
  }
  Moment moment() { return {now = now + milliseconds(1), 0}; }

  TimePoint now{1};
  RaftCore core{
      {.self = ServerId{2}, .servers = {ServerId{1}, ServerId{2}, ServerId{3}}}, {}, {now, 0}};
};
AppendReply reply_in(const RaftEffects& effects) {
  REQUIRE(effects.messages.size() == 1);
  return std::get<AppendReply>(effects.messages.front().body);
}
}  // namespace

TEST_CASE("a late note of a write does not count once a snapshot has replaced the log") {
  LoneCore lone;
  const RaftEffects old = lone.append(1, 2, kNoZxid, entries({{2, 1}, {2, 2}}));
  const RaftEffects installed = lone.receive(3, 3, SnapshotRequest{make_zxid(1, 5), 0});
  REQUIRE(installed.install == make_zxid(1, 5));
  REQUIRE(lone.core.written(old.write, lone.moment()).messages.empty());
  REQUIRE(lone.core.synced() == kNoZxid);
  REQUIRE(reply_in(lone.core.written(installed.write, lone.moment())).match == make_zxid(1, 5));
}

TEST_CASE("who is told what is committed does not reply, unless it lacks what comes before it") {
  LoneCore lone;
  const RaftEffects written = lone.append(1, 1, kNoZxid, entries({{1, 1}}));
  REQUIRE(lone.core.written(written.write, lone.moment()).messages.size() == 1);
  const RaftEffects told = lone.receive(1, 1, AppendRequest{make_zxid(1, 1), {}, make_zxid(1, 1), 0, true});
  REQUIRE(told.committed == make_zxid(1, 1));
  REQUIRE(told.messages.empty());
  const auto behind = lone.receive(1, 1, AppendRequest{make_zxid(1, 3), {}, make_zxid(1, 3), 0, true});
  REQUIRE_FALSE(reply_in(behind).matched);
}

TEST_CASE("what agreed with one leader is not acked to the next, after an own election, too") {
  for (const bool campaigned : {false, true}) {
    LoneCore lone;
    const RaftEffects taken = lone.append(1, 1, kNoZxid, entries({{1, 1}, {1, 2}}));
    (void)lone.core.written(taken.write, lone.moment());
    uint32_t term = 2;
    if (campaigned) {
      lone.now = lone.now + seconds(3);
      (void)lone.core.tick(lone.moment());
      (void)lone.receive(1, 2, VoteReply{true, true});
      REQUIRE(lone.core.role() == RaftRole::candidate);
      term = lone.core.term();
    }
    REQUIRE(reply_in(lone.append(3, term, make_zxid(1, 1), {})).match == make_zxid(1, 1));
  }
}

TEST_CASE("the round of one leader is not told to the next") {
  LoneCore lone;
  (void)lone.append(1, 1, kNoZxid, entries({{1, 1}}), 5);
  const RaftEffects taken = lone.append(3, 2, make_zxid(1, 1), entries({{2, 1}}), 1);
  REQUIRE(reply_in(lone.core.written(taken.write, lone.moment())).round == 1);
}

TEST_CASE("entries that do not follow one another, and messages of strangers, are not taken") {
  RaftOptions options{.self = ServerId{2}, .servers = {ServerId{1}, ServerId{2}, ServerId{3}}};
  RaftCore core(options, {}, {TimePoint{1}, 0});
  const AppendRequest gap{kNoZxid, entries({{1, 1}, {1, 3}}), kNoZxid, 0};
  const AppendRequest good{kNoZxid, entries({{1, 1}}), kNoZxid, 0};
  for (const RaftEffects& effects :
       {core.receive({ServerId{1}, ServerId{2}, 0, gap}, {TimePoint{2}, 0}),
        core.receive({ServerId{9}, ServerId{2}, 1, good}, {TimePoint{2}, 0})}) {
    REQUIRE(effects.append.empty());
    REQUIRE(effects.messages.empty());
  }
}

}  // namespace weir
