// What an empty data directory means, to one server and to one of three.
#include "tests/support/test_pch.h"

#include "broker/coordination/first_start.h"
#include "tests/coordination/sim_ensemble.h"

namespace weir {
namespace {

const std::string kMarker = "coordination/initialize";

void mark(SimNode& node) {
  (void)node.disk().create_directory("coordination");
  REQUIRE(node.disk().open(kMarker, OpenMode::create).ok());
}
bool is_marked(SimNode& node) { return node.disk().open(kMarker, OpenMode::read).ok(); }

bool serves(SimCoordinator& coordinator) {
  bool connected = false;
  (void)coordinator.run_client(
      [&](Env& env) {
        RunningClient running(env, coordinator.at());
        connected = running.client.await_create("/n", Buffer{}, CreateMode::persistent).ok();
        running.await_abandon();
      },
      2, seconds(20));
  return connected;
}

}  // namespace

TEST_CASE("a server alone without data and without the marker is refused, with the remedy") {
  SimCoordinator coordinator(1);
  coordinator.config.autocreate = false;
  coordinator.boot();
  coordinator.step_for(seconds(1));
  REQUIRE(coordinator.failure().find("make the file coordination/initialize") != std::string::npos);
}

TEST_CASE("a server that is marked as new starts, once: the marker is gone with the first state") {
  SimCoordinator coordinator(2);
  coordinator.config.autocreate = false;
  mark(coordinator.server());
  coordinator.boot();
  coordinator.step_for(seconds(1));
  REQUIRE(coordinator.failure().empty());
  REQUIRE_FALSE(is_marked(coordinator.server()));
  coordinator.server().lose_power();
  coordinator.boot();
  coordinator.step_for(seconds(1));
  REQUIRE(coordinator.failure().empty());
  REQUIRE(serves(coordinator));
}

TEST_CASE("by default no data means a new server") {
  SimCoordinator coordinator(3);
  coordinator.boot();
  coordinator.step_for(seconds(1));
  REQUIRE(coordinator.failure().empty());
  REQUIRE(serves(coordinator));
}

TEST_CASE("a marker beside data goes, and the data stay") {
  SimCoordinator coordinator(4);
  coordinator.boot();
  coordinator.step_for(seconds(1));
  REQUIRE(serves(coordinator));
  coordinator.server().lose_power();
  mark(coordinator.server());
  coordinator.boot();
  coordinator.step_for(seconds(1));
  REQUIRE_FALSE(is_marked(coordinator.server()));
  REQUIRE_FALSE(serves(coordinator));  // /n is there
}

TEST_CASE("a server of three whose disk was emptied is brought up by the others") {
  const ConsensusEngine engine = GENERATE(ConsensusEngine::raft, ConsensusEngine::zab);
  SimEnsemble ensemble(5);
  ensemble.config.engine = engine;
  ensemble.config.autocreate = false;
  for (uint32_t node = 1; node <= SimEnsemble::kServers; ++node) mark(ensemble.world().node(node));
  REQUIRE(ensemble.boot_all());
  const uint32_t leader = ensemble.leader();
  const uint32_t wiped = leader % SimEnsemble::kServers + 1;
  const uint32_t other = wiped % SimEnsemble::kServers + 1;
  ensemble.world().node(wiped).lose_power();
  ensemble.world().node(wiped).disk().wipe();
  ensemble.world().node(other).lose_power();
  const auto pass = [&] { (void)ensemble.step_until([] { return false; }, milliseconds(100)); };
  ensemble.boot(wiped);
  pass();
  REQUIRE_FALSE(ensemble.step_until([&] { return ensemble.follows(wiped); }, seconds(20)));
  ensemble.boot(other);
  pass();
  REQUIRE(ensemble.step_until([&] {
    return ensemble.follows(wiped) && ensemble.applied(wiped) == ensemble.applied(leader);
  }));
}

}  // namespace weir
