// Zab in sentences, an ensemble at a time. Servers are 0, 1, 2, ... with the ids 1, 2, 3, ...; each
// step is checked by CoreCluster, too. One core at a time: zab_core_test.cc, zab_link_test.cc.
#include "tests/support/test_pch.h"

#include "tests/coordination/core_steps.h"

namespace weir {
namespace {

std::vector<Zxid> entries(std::initializer_list<std::pair<uint32_t, uint32_t>> list) {
  std::vector<Zxid> zxids;
  for (const auto& [epoch, counter] : list) zxids.push_back(make_zxid(epoch, counter));
  return zxids;
}

// `server` leads and all others that are up follow it.
void require_leader(ZabCluster& cluster, size_t server) {
  REQUIRE(cluster.leader() == server);
  for (size_t i = 0; i < cluster.size(); ++i) {
    if (!cluster.is_up(i)) continue;
    REQUIRE(cluster.core(i).leader() == ServerId{static_cast<int64_t>(server) + 1});
    REQUIRE(cluster.core(i).phase() == ZabPhase::broadcast);
  }
}

// Three, of which 2 leads epoch 1 and has committed (1,1), its no-op.
ZabCluster ensemble(ZabOptions options = {}) {
  ZabCluster cluster(3, {}, std::move(options));
  live(cluster, seconds(1));
  require_leader(cluster, 2);
  return cluster;
}

std::vector<std::string> phases_of(const ZabCluster& cluster, size_t server) {
  std::vector<std::string> names;
  for (const PhaseChange& change : cluster.phases(server)) {
    std::string name{text_of(change.phase)};
    if (change.way == SyncWay::diff) name += " DIFF";
    if (change.way == SyncWay::trunc) name += " TRUNC";
    if (change.way == SyncWay::snap) name += " SNAP";
    names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_CASE("Zab: a server alone leads at once, and commits what its own disk has") {
  ZabCluster cluster(1);
  cluster.tick(0);
  REQUIRE(cluster.core(0).role() == RaftRole::leader);
  REQUIRE(phases_of(cluster, 0) ==
          std::vector<std::string>{"discovery", "synchronisation", "broadcast"});
  cluster.propose(0, 2);
  REQUIRE(cluster.committed().empty());
  cluster.sync(0);
  REQUIRE(cluster.committed() == entries({{1, 1}, {1, 2}, {1, 3}}));
}

TEST_CASE("Zab: the first start of three: 1 and 2 settle on 2, and 3 follows it when it joins") {
  ZabCluster cluster(3);
  cluster.crash(1);
  cluster.crash(2);
  live(cluster, seconds(2));
  REQUIRE(cluster.core(0).phase() == ZabPhase::election);
  REQUIRE_FALSE(cluster.leader());
  cluster.restart(1);
  live(cluster, seconds(1));
  require_leader(cluster, 1);
  REQUIRE(cluster.core(1).term() == 1);
  REQUIRE(cluster.committed() == entries({{1, 1}}));
  cluster.restart(2);
  live(cluster, seconds(1));
  require_leader(cluster, 1);
  REQUIRE(cluster.core(1).term() == 1);  // 3, with the highest id, changes nothing
  REQUIRE(cluster.core(2).committed() == make_zxid(1, 1));
  const std::vector<std::string> all{"discovery", "synchronisation DIFF", "broadcast"};
  REQUIRE(phases_of(cluster, 0) == all);
  REQUIRE(phases_of(cluster, 2) == all);
}

TEST_CASE("Zab: five settle, and go on with three") {
  ZabCluster cluster(5);
  live(cluster, seconds(1));
  require_leader(cluster, 4);
  cluster.crash(4);
  cluster.crash(3);
  live(cluster, seconds(3));
  require_leader(cluster, 2);
  cluster.propose(2, 3);
  cluster.settle();
  REQUIRE(cluster.committed() == entries({{1, 1}, {2, 1}, {2, 2}, {2, 3}, {2, 4}}));
}

TEST_CASE("Zab: what a quorum has durably is committed, in order, everywhere") {
  ZabCluster cluster = ensemble();
  cluster.propose(2, 2);
  cluster.settle();
  REQUIRE(cluster.committed() == entries({{1, 1}, {1, 2}, {1, 3}}));
  for (size_t i = 0; i < 3; ++i) REQUIRE(cluster.core(i).committed() == make_zxid(1, 3));
}

TEST_CASE("Zab: a server that does not lead appends nothing") {
  ZabCluster cluster = ensemble();
  cluster.propose(1);
  REQUIRE(cluster.unsynced(1) == 0);
}

TEST_CASE("Zab: what is not durable at a quorum is not committed, though everybody has it") {
  ZabCluster cluster = ensemble();
  cluster.propose(2);
  const auto deliver_all = [&cluster] {
    while (!cluster.network().empty()) cluster.deliver(0);
  };
  deliver_all();
  REQUIRE(cluster.log_of(1).size() == 2);
  cluster.sync(0);
  deliver_all();
  REQUIRE(cluster.committed().size() == 1);
  cluster.sync(1);  // two followers are a quorum, the leader's own disk is still busy
  deliver_all();
  REQUIRE(cluster.committed().size() == 2);
}

TEST_CASE("Zab: the latest history leads, whatever its id") {
  ZabCluster cluster = ensemble();
  cluster.crash(1);
  cluster.propose(2);
  cluster.settle();
  cluster.crash(2);
  cluster.restart(1);
  live(cluster, seconds(3));
  require_leader(cluster, 0);  // 1 has not got (1,2)
  REQUIRE(cluster.log_of(1) == entries({{1, 1}, {1, 2}, {2, 1}}));
}

TEST_CASE("Zab: what a leader was alone with is cut off, as in the header's example") {
  ZabCluster cluster = ensemble();
  cluster.propose(2);
  cluster.settle();
  cluster.cut_off(2, true);
  cluster.propose(2);
  cluster.sync(2);
  live(cluster, seconds(3));
  REQUIRE(cluster.core(2).phase() == ZabPhase::election);
  REQUIRE_FALSE(cluster.core(2).leader());
  REQUIRE(cluster.core(1).role() == RaftRole::leader);
  REQUIRE(cluster.log_of(2) == entries({{1, 1}, {1, 2}, {1, 3}}));
  cluster.cut_off(2, false);
  live(cluster, seconds(1));
  require_leader(cluster, 1);
  REQUIRE(cluster.core(1).term() == 2);
  REQUIRE(cluster.log_of(2) == entries({{1, 1}, {1, 2}, {2, 1}}));
  const auto phases = phases_of(cluster, 2);
  REQUIRE(std::count(phases.begin(), phases.end(), "synchronisation TRUNC") == 1);
}

TEST_CASE("Zab: a leader's old entries are committed with its epoch") {
  ZabCluster cluster = ensemble();
  cluster.crash(0);
  cluster.propose(2, 2);
  cluster.sync(2);
  while (!cluster.network().empty()) cluster.deliver(0);
  cluster.sync(1);  // durable at a quorum, but nobody knows
  cluster.crash(2);
  cluster.drop_all();
  cluster.restart(0);
  live(cluster, seconds(3));
  require_leader(cluster, 1);
  REQUIRE(cluster.committed() == entries({{1, 1}, {1, 2}, {1, 3}, {2, 1}}));
}

TEST_CASE("Zab: a follower whose entries are compacted gets a snapshot, and the log behind it") {
  ZabCluster cluster = ensemble();
  cluster.crash(0);
  cluster.propose(2, 5);
  cluster.settle();
  cluster.compact(2, 50);
  REQUIRE(cluster.core(2).log().base() > make_zxid(1, 1));
  cluster.restart(0);
  live(cluster, seconds(1));
  require_leader(cluster, 2);
  REQUIRE(phases_of(cluster, 0).at(4) == "synchronisation SNAP");
  REQUIRE(cluster.core(0).log().base() == cluster.core(2).log().base());
  REQUIRE(cluster.log_of(0) == cluster.log_of(2));
  REQUIRE(cluster.core(0).committed() == make_zxid(1, 6));
  cluster.crash(0);
  cluster.restart(0);
  REQUIRE(cluster.core(0).committed() == cluster.core(2).log().base());
}

TEST_CASE("Zab: a snapshot that was lost is sent again after its time") {
  ZabOptions options;
  options.snapshot_retry = milliseconds(500);
  ZabCluster cluster = ensemble(options);
  cluster.crash(0);
  cluster.propose(2, 5);
  cluster.settle();
  cluster.compact(2, 100);
  cluster.restart(0);
  size_t lost = 0;
  std::vector<TimePoint> sent;
  const TimePoint end = cluster.now() + seconds(2);
  while (cluster.now() < end) {
    cluster.pass(milliseconds(50));
    cluster.tick_all();
    while (!cluster.network().empty()) {
      const bool snapshot = std::holds_alternative<ZabSnapshot>(cluster.network().front().body);
      if (snapshot) sent.push_back(cluster.now());
      if (snapshot && lost < 2) {
        ++lost;
        cluster.drop(0);
      } else {
        cluster.deliver(0);
      }
      for (size_t i = 0; i < 3; ++i) cluster.sync(i);
    }
  }
  REQUIRE(sent.size() == 3);
  REQUIRE(sent[1] >= sent[0] + milliseconds(500));
  REQUIRE(sent[2] >= sent[1] + milliseconds(500));
  require_leader(cluster, 2);
  REQUIRE(cluster.log_of(0) == cluster.log_of(2));
}

TEST_CASE("Zab: a lost proposal is noticed by what comes next, and brought by DIFF") {
  ZabCluster cluster = ensemble();
  for (const bool by_ping : {false, true}) {
    cluster.propose(2);
    REQUIRE(cluster.network().front().to == ServerId{1});
    cluster.drop(0);
    if (by_ping) {
      cluster.time_out(2);
    } else {
      cluster.propose(2);
    }
    cluster.settle();
    REQUIRE(cluster.log_of(0) == cluster.log_of(2));
    require_leader(cluster, 2);
    REQUIRE(cluster.core(0).term() == 1);  // without an election
  }
  // discovery, DIFF, broadcast: at first, and twice more
  REQUIRE(phases_of(cluster, 0).size() == 9);
}

TEST_CASE("Zab: a lost ack is noticed by the pong behind it, and the link made anew") {
  ZabCluster cluster = ensemble();
  cluster.crash(1);
  cluster.propose(2);
  while (!cluster.network().empty()) cluster.deliver(0);
  cluster.sync(2);
  cluster.sync(0);
  REQUIRE(std::holds_alternative<ZabAck>(cluster.network().front().body));
  cluster.drop_all();
  cluster.settle();
  REQUIRE(cluster.committed().size() == 1);
  cluster.time_out(2);
  cluster.settle();
  REQUIRE(cluster.committed().size() == 2);
  REQUIRE(cluster.core(0).leader() == ServerId{3});
  REQUIRE(cluster.core(0).term() == 1);
}

TEST_CASE("Zab: messages that come twice change nothing") {
  ZabCluster cluster = ensemble();
  cluster.propose(2, 3);
  for (int step = 0; step < 200 && !cluster.network().empty(); ++step) {
    cluster.deliver(0, step % 2 == 0);
    for (size_t i = 0; i < 3; ++i) cluster.sync(i);
  }
  REQUIRE(cluster.committed().size() == 4);
  REQUIRE(phases_of(cluster, 0).size() == 3);
}

TEST_CASE("Zab: a leader that a quorum does not answer looks, and so does who hears no leader") {
  ZabCluster cluster = ensemble();
  for (size_t i = 0; i < 3; ++i) cluster.cut_off(i, true);
  live(cluster, seconds(3));
  for (size_t i = 0; i < 3; ++i) {
    REQUIRE(cluster.core(i).role() == RaftRole::follower);
    REQUIRE_FALSE(cluster.core(i).leader());
    REQUIRE(cluster.core(i).phase() == ZabPhase::election);
  }
}

TEST_CASE("Zab: a follower that was away comes back without an election") {
  ZabCluster cluster = ensemble();
  cluster.cut_off(0, true);
  live(cluster, seconds(3));
  REQUIRE(cluster.core(0).phase() == ZabPhase::election);
  cluster.propose(2);
  cluster.settle();
  cluster.cut_off(0, false);
  live(cluster, seconds(1));
  require_leader(cluster, 2);
  REQUIRE(cluster.core(2).term() == 1);
  REQUIRE(cluster.log_of(0) == cluster.log_of(2));
}

TEST_CASE("Zab: who joins while entries are proposed gets each once, the uncommitted too") {
  ZabOptions options;
  options.entries_per_message = 2;
  options.entries_in_flight = 3;
  ZabCluster cluster = ensemble(options);
  cluster.crash(0);
  cluster.propose(2, 4);
  cluster.restart(0);
  // One message, one proposal, one sync at a time.
  for (int step = 0; step < 400; ++step) {
    cluster.pass(milliseconds(5));
    cluster.tick_all();
    if (step % 4 == 0 && step < 200) cluster.propose(2);
    if (!cluster.network().empty()) cluster.deliver(0);
    cluster.sync(static_cast<size_t>(step) % 3, 1);
    REQUIRE(cluster.violation().empty());
  }
  cluster.settle();
  live(cluster, seconds(1));
  require_leader(cluster, 2);
  REQUIRE(cluster.log_of(0) == cluster.log_of(2));
  REQUIRE(cluster.committed().size() == 1 + 4 + 50);
}

TEST_CASE("Zab: a read is answered once a quorum has answered the leader since it was asked") {
  ZabCluster cluster = ensemble();
  cluster.propose(2);
  cluster.settle();
  cluster.read(2);
  REQUIRE(cluster.reads().empty());
  cluster.settle();
  REQUIRE(cluster.reads().size() == 1);
  REQUIRE(cluster.reads().front().at == make_zxid(1, 2));
}

TEST_CASE("Zab: a read at a server that does not lead, or no longer does, is refused") {
  ZabCluster cluster = ensemble();
  cluster.read(1);
  REQUIRE(cluster.reads().size() == 1);
  REQUIRE_FALSE(cluster.reads().back().at);
  cluster.cut_off(2, true);
  cluster.read(2);
  live(cluster, seconds(3));
  REQUIRE(cluster.reads().size() == 2);
  REQUIRE_FALSE(cluster.reads().back().at);
}

TEST_CASE("Zab: reads that wait have a limit") {
  ZabOptions options;
  options.reads_waiting = 2;
  ZabCluster cluster = ensemble(options);
  for (int i = 0; i < 3; ++i) cluster.read(2);
  REQUIRE(cluster.reads().size() == 1);  // the third is refused at once
  REQUIRE_FALSE(cluster.reads().front().at);
  cluster.settle();
  REQUIRE(cluster.reads().size() == 3);
}

TEST_CASE("Zab: messages and what is in flight to one follower have a limit") {
  ZabOptions options;
  options.entries_per_message = 2;
  options.entries_in_flight = 5;
  ZabCluster cluster = ensemble(options);
  cluster.propose(2, 20);
  size_t to_0 = 0;
  for (const ZabMessage& message : cluster.network()) {
    const auto& proposals = std::get<ZabProposals>(message.body);
    REQUIRE(proposals.entries.size() <= 2);
    if (message.to == ServerId{1}) to_0 += proposals.entries.size();
  }
  REQUIRE(to_0 == 5);
  cluster.settle();
  REQUIRE(cluster.committed().size() == 21);
}

TEST_CASE("Zab: an epoch whose counters are used up ends, and the next leader counts from 1") {
  ZabOptions options;
  options.last_counter = 3;
  ZabCluster cluster = ensemble(options);
  cluster.propose(2, 2);
  cluster.settle();
  cluster.propose(2);
  REQUIRE(cluster.core(2).role() == RaftRole::follower);
  live(cluster, seconds(3));
  require_leader(cluster, 2);
  REQUIRE(cluster.log_of(1) == entries({{1, 1}, {1, 2}, {1, 3}, {2, 1}}));
}

}  // namespace weir
