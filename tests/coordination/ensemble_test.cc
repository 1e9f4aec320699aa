// An ensemble in sentences: what once went wrong between its servers.
#include "tests/support/test_pch.h"

#include "broker/coordination/client/settled.h"
#include "tests/coordination/sim_ensemble.h"

namespace weir {
namespace {

constexpr Site kRun{"test.client_run"};
constexpr Site kDeliver{"test.client_deliver"};

// A client of some servers, with its fibers.
class EnsembleClient {
 public:
  EnsembleClient(Env& env, std::vector<Endpoint> servers, Duration connect_timeout,
                 Duration session_timeout = seconds(30))
      : gate_(env.scheduler),
        client(env,
               {.connect = {std::move(servers), {}},
                .session_timeout = session_timeout,
                .connect_timeout = connect_timeout},
               told) {
    spawn_in(gate_, env.scheduler, kRun, [this] { client.await_run(); });
    spawn_in(gate_, env.scheduler, kDeliver, [this] { client.await_deliver(); });
  }
  void await_close() {
    client.await_close();
    gate_.await_close();
  }

 private:
  Gate gate_;

 public:
  Told told;
  ZooKeeperClient client;
};

}  // namespace

TEST_CASE("a follower that needs what its leader no longer has gets a snapshot") {
  for (const ConsensusEngine engine : {ConsensusEngine::raft, ConsensusEngine::zab}) {
    SimEnsemble ensemble(1);
    ensemble.config.engine = engine;
    ensemble.config.tick = seconds(2);
    ensemble.config.snapshot_count = 5;
    ensemble.config.snapshots_kept = 1;
    REQUIRE(ensemble.boot_all());
    const uint32_t leader = ensemble.leader();
    const uint32_t away = leader % SimEnsemble::kServers + 1;
    ensemble.world().node(away).lose_power();
    ensemble.start_client([&](Env& env) {
      EnsembleClient running(env, {SimEnsemble::at(leader)}, seconds(6));
      for (int i = 0; i < 40; ++i) {
        (void)running.client.await_create("/n" + std::to_string(i), Buffer{},
                                          CreateMode::persistent);
        await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
      }
      running.await_close();
    });
    REQUIRE(ensemble.step_until([&] { return ensemble.client_has_ended(); }));
    ensemble.boot(away);
    REQUIRE(ensemble.step_until([&] {
      return ensemble.applied(away) == ensemble.applied(leader) && ensemble.follows(away);
    }));
  }
}

// ZOOKEEPER-710: a follower whose words are late takes a session up whose client has long gone on.
TEST_CASE("a client whose session the leader believes at another server gets on") {
  SimEnsemble ensemble(2);
  ensemble.config.election_timeout = seconds(5);
  REQUIRE(ensemble.boot_all());
  const uint32_t leader = ensemble.leader();
  const uint32_t slow = leader % SimEnsemble::kServers + 1;
  SimNetwork& network = ensemble.world().network();
  ZooKeeperClient* client = nullptr;
  bool late = false;
  ZkResult<ZnodeCreated> created = ZkError::connection_loss;
  ensemble.start_client([&](Env& env) {
    EnsembleClient running(env, {SimEnsemble::at(slow), SimEnsemble::at(leader)},
                           milliseconds(300));
    client = &running.client;
    while (!late) await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
    created = await_create_settled(running.client, "/n", Buffer{}, CreateMode::persistent);
    running.await_close();
  });
  const auto connected = [&] { return client != nullptr && client->connected(); };
  REQUIRE(ensemble.step_until(connected));
  if (network.reset_between(SimEnsemble::kClient, slow) > 0) {
    REQUIRE(ensemble.step_until([&] { return !connected(); }));
    REQUIRE(ensemble.step_until(connected));  // at the leader, the next of the two
  }
  network.stall(slow, leader);
  REQUIRE(network.reset_between(SimEnsemble::kClient, leader) > 0);
  REQUIRE(ensemble.step_until([&] { return !connected(); }));
  REQUIRE(ensemble.step_until(connected));  // at the leader again: the other one did not answer
  REQUIRE(network.reset_between(SimEnsemble::kClient, slow) == 0);
  network.heal(slow, leader);
  REQUIRE_FALSE(ensemble.step_until([] { return false; }, milliseconds(200)));
  late = true;
  REQUIRE(ensemble.step_until([&] { return ensemble.client_has_ended(); }));
  REQUIRE(created.ok());
}

TEST_CASE("a leader that nobody hears tells no client that its session has ended") {
  for (const ConsensusEngine engine : {ConsensusEngine::raft, ConsensusEngine::zab}) {
    SimEnsemble ensemble(3);
    ensemble.config.engine = engine;
    ensemble.config.tick = milliseconds(200);
    ensemble.config.election_timeout = seconds(10);
    REQUIRE(ensemble.boot_all());
    const uint32_t leader = ensemble.leader();
    SimNetwork& network = ensemble.world().network();
    const std::vector<std::string>* told = nullptr;
    ensemble.start_client([&](Env& env) {
      EnsembleClient running(env, {SimEnsemble::at(leader)}, milliseconds(500), seconds(1));
      told = &running.told.all;
      await_sleep(env.scheduler, env.clock.now() + seconds(600));
    });
    REQUIRE(ensemble.step_until([&] { return told != nullptr && told->size() == 1; }));
    for (uint32_t other = 1; other <= SimEnsemble::kServers; ++other) {
      if (other == leader) continue;
      network.cut(leader, other);
      network.cut(other, leader);
    }
    network.cut(SimEnsemble::kClient, leader);
    network.cut(leader, SimEnsemble::kClient);
    REQUIRE_FALSE(
        ensemble.step_until([] { return false; }, seconds(3)));  // the session has run out
    network.heal(SimEnsemble::kClient, leader);
    network.heal(leader, SimEnsemble::kClient);
    REQUIRE_FALSE(ensemble.step_until([] { return false; }, seconds(3)));
    REQUIRE_FALSE(std::count(told->begin(), told->end(), "expired") > 0);
  }
}

}  // namespace weir
