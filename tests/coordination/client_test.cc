// The client and the service, in a simulated world.
#include "tests/support/test_pch.h"

#include "broker/coordination/client/settled.h"
#include "tests/coordination/sim_coordinator.h"

namespace weir {
namespace {

Buffer bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST_CASE("a connect string names servers and a chroot") {
  const auto parsed = parse_connect_string("a:1,b/kafka");
  REQUIRE(parsed->servers == std::vector<Endpoint>{{"a", 1}, {"b", 2181}});
  REQUIRE(parsed->chroot == "/kafka");
  REQUIRE(parse_connect_string("a/")->chroot.empty());
  REQUIRE_FALSE(parse_connect_string("").ok());
  REQUIRE_FALSE(parse_connect_string("a:0").ok());
  REQUIRE_FALSE(parse_connect_string("a:x").ok());
  REQUIRE_FALSE(parse_connect_string("a,:2").ok());
  REQUIRE_FALSE(parse_connect_string("a/k/").ok());
  REQUIRE_FALSE(parse_connect_string("a//k").ok());
  REQUIRE_FALSE(parse_connect_string("a/k/../l").ok());
  REQUIRE_FALSE(parse_connect_string(std::string("a/k\0", 4)).ok());
}

TEST_CASE("what is created is read back, set and deleted") {
  SimCoordinator service(1);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient running(env, service.at());
    ZooKeeperClient& zk = running.client;
    REQUIRE(zk.await_create("/a", bytes("x"), CreateMode::persistent)->path == "/a");
    REQUIRE(zk.await_create("/a", bytes("x"), CreateMode::persistent).error() == ZkError::node_exists);
    REQUIRE(*zk.await_get("/a")->data == bytes("x"));
    REQUIRE(zk.await_set("/a", bytes("y"), 0)->version == 1);
    REQUIRE(zk.await_set("/a", bytes("z"), 0).error() == ZkError::bad_version);
    REQUIRE(zk.await_create("/a/s-", {}, CreateMode::persistent_sequential)->path ==
            "/a/s-0000000000");
    REQUIRE(zk.await_children("/a")->names == std::vector<std::string>{"s-0000000000"});
    REQUIRE(zk.await_delete("/a").error() == ZkError::not_empty);
    REQUIRE(zk.await_check("/a", 1).ok());
    REQUIRE(zk.await_check("/a", 2).error() == ZkError::bad_version);
    REQUIRE(zk.await_sync("/a").ok());
    REQUIRE(*zk.await_get_acl("/a") == open_acl());
    REQUIRE(zk.await_exists("/b").error() == ZkError::no_node);
    running.await_close();
  }));
}

TEST_CASE("a multi is done as a whole or not at all") {
  SimCoordinator service(2);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient running(env, service.at());
    const std::vector<MultiOp> ops{{ZkOp::create, CreateRequest{"/a", {}, open_acl(), 0}},
                                   {ZkOp::remove, PathVersionRequest{"/none", -1}}};
    const auto results = running.client.await_multi(ops);
    REQUIRE(results->size() == 2);
    REQUIRE((*results)[1].error == ZkError::no_node);
    REQUIRE(running.client.await_exists("/a").error() == ZkError::no_node);
    running.await_close();
  }));
}

TEST_CASE("a chroot is invisible to its client") {
  SimCoordinator service(3);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient outer(env, service.at());
    REQUIRE(outer.client.await_create("/kafka", {}, CreateMode::persistent).ok());
    RunningClient inner(env, service.at(), "/kafka");
    REQUIRE(inner.client.await_create("/a", {}, CreateMode::persistent)->path == "/a");
    REQUIRE(inner.client.await_children("/", true)->names == std::vector<std::string>{"a"});
    REQUIRE(outer.client.await_create("/kafka/b", {}, CreateMode::persistent).ok());
    inner.await_close();
    REQUIRE(inner.told.all == std::vector<std::string>{"connected", "children /"});
    outer.await_close();
  }));
}

TEST_CASE("a watch is told once, and before the answer that shows the change") {
  SimCoordinator service(4);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient watcher(env, service.at());
    RunningClient writer(env, service.at());
    REQUIRE(watcher.client.await_exists("/a", true).error() == ZkError::no_node);
    REQUIRE(writer.client.await_create("/a", {}, CreateMode::persistent).ok());
    REQUIRE(writer.client.await_set("/a", bytes("1")).ok());
    REQUIRE(watcher.client.await_get("/a", true)->stat.version == 1);
    REQUIRE(writer.client.await_set("/a", bytes("2")).ok());
    REQUIRE(writer.client.await_delete("/a").ok());
    REQUIRE(watcher.client.await_exists("/a").error() == ZkError::no_node);
    watcher.await_close();
    REQUIRE(watcher.told.all == std::vector<std::string>{"connected", "created /a", "data /a"});
    writer.await_close();
  }));
}

TEST_CASE("ephemeral nodes go when their session is closed, and those of others stay") {
  SimCoordinator service(5);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient one(env, service.at());
    RunningClient two(env, service.at());
    REQUIRE(one.client.await_create("/1", {}, CreateMode::ephemeral).ok());
    REQUIRE(two.client.await_create("/2", {}, CreateMode::ephemeral).ok());
    one.await_close();
    REQUIRE(two.client.await_exists("/1").error() == ZkError::no_node);
    REQUIRE(two.client.await_exists("/2").ok());
    two.await_close();
  }));
}

TEST_CASE("a client that is gone loses its session when the timeout is over, not before") {
  SimCoordinator service(6);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient lost(env, service.at());
    RunningClient other(env, service.at());
    REQUIRE(lost.client.await_create("/e", {}, CreateMode::ephemeral).ok());
    const TimePoint last = env.clock.now();
    lost.await_abandon();
    REQUIRE(other.client.await_exists("/e", true).ok());
    while (other.told.all.size() < 2) await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
    REQUIRE(other.told.all.back() == "removed /e");
    REQUIRE(env.clock.now() - last >= seconds(4));
    REQUIRE(env.clock.now() - last < seconds(7));  // and a tick, and what the network takes
    other.await_close();
  }));
}

TEST_CASE("a session and its ephemeral nodes outlive a restart of the service") {
  SimCoordinator service(7);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient running(env, service.at());
    ZooKeeperClient& zk = running.client;
    REQUIRE(zk.await_create("/e", {}, CreateMode::ephemeral).ok());
    REQUIRE(zk.await_exists("/new", true).error() == ZkError::no_node);
    const SessionId session = zk.session();
    service.server().lose_power();
    service.boot();
    while (zk.await_connected() == WaitResult::ready && running.told.all.size() < 3) {
      await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
    }
    REQUIRE(zk.session() == session);
    REQUIRE(zk.await_exists("/e")->ephemeral_owner == session);
    REQUIRE(zk.await_create("/new", {}, CreateMode::persistent).ok());
    running.await_close();
    REQUIRE(running.told.all ==
            std::vector<std::string>{"connected", "disconnected", "connected", "created /new"});
  }));
}

TEST_CASE("a service that restarts before every snapshot count takes one all the same") {
  SimCoordinator service(10);
  service.config.snapshot_count = 20;
  for (int life = 0; life < 2; ++life) {
    service.boot();
    REQUIRE(service.run_client([&](Env& env) {
      RunningClient running(env, service.at());
      for (int i = 0; i < 12; ++i) {
        const std::string path = "/n" + std::to_string(life) + "-" + std::to_string(i);
        REQUIRE(running.client.await_create(path, {}, CreateMode::persistent).ok());
      }
      running.await_close();
    }));
    service.step_for(seconds(3));
    service.server().lose_power();
  }
  std::vector<std::string> names;
  service.server().boot([&](Env& env, Event& /*stop*/) {
    const auto listed = env.disk.await_list("coordination");
    for (const DirectoryEntry& entry : *listed) names.push_back(entry.name);
  });
  REQUIRE(service.step_until([&] { return !names.empty(); }));
  REQUIRE(std::count_if(names.begin(), names.end(),
                        [](const auto& name) { return name.starts_with("snapshot."); }) == 1);
}

TEST_CASE("a client that was paused too long gets a new session and is told so") {
  SimCoordinator service(8);
  service.boot();
  bool ready = false;
  std::vector<std::string> told;
  service.start_client([&](Env& env) {
    RunningClient running(env, service.at());
    ZooKeeperClient& zk = running.client;
    REQUIRE(zk.await_create("/e", {}, CreateMode::ephemeral).ok());
    const SessionId session = zk.session();
    ready = true;
    while (zk.session() == session || !zk.connected()) {
      await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
    }
    REQUIRE(zk.await_exists("/e").error() == ZkError::no_node);
    running.await_close();
    told = running.told.all;
  });
  REQUIRE(service.step_until([&] { return ready; }));
  service.world().node(2).pause();
  service.step_for(seconds(20));
  service.world().node(2).resume();
  REQUIRE(service.step_until([&] { return !told.empty(); }));
  REQUIRE(told == std::vector<std::string>{"connected", "disconnected", "expired", "connected"});
}

TEST_CASE("a service that was paused blames nobody for the silence") {
  SimCoordinator service(10);
  service.boot();
  bool ready = false;
  bool done = false;
  service.start_client([&](Env& env) {
    RunningClient running(env, service.at());
    REQUIRE(running.client.await_create("/e", {}, CreateMode::ephemeral).ok());
    const SessionId session = running.client.session();
    ready = true;
    await_sleep(env.scheduler, env.clock.now() + seconds(30));
    REQUIRE(running.client.await_connected() == WaitResult::ready);
    REQUIRE(running.client.session() == session);
    REQUIRE(running.client.await_exists("/e").ok());
    running.await_close();
    done = true;
  });
  REQUIRE(service.step_until([&] { return ready; }));
  // Its client stands still as long, and a second more: nothing is there when the service looks.
  service.server().pause();
  service.world().node(2).pause();
  service.step_for(seconds(20));
  service.server().resume();
  service.step_for(seconds(1));
  service.world().node(2).resume();
  REQUIRE(service.step_until([&] { return done; }));
}

TEST_CASE("a client that has seen more than the service has is sent away") {
  SimCoordinator service(9);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RunningClient running(env, service.at());
    REQUIRE(running.client.await_create("/a", {}, CreateMode::persistent).ok());
    service.server().lose_power();
    service.server().disk().wipe();
    service.boot();
    while (running.client.connected()) {
      await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
    }
    REQUIRE(running.client.await_connected(env.clock.now() + seconds(60)) != WaitResult::ready);
    running.await_abandon();
  }));
}

}  // namespace
}  // namespace weir
