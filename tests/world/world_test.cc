// The simulated world itself: determinism, power loss, held bytes.
#include "tests/support/test_pch.h"

#include "sim/fiber/stream_io.h"
#include "sim/world/world.h"

using namespace weir;  // NOLINT

namespace {

constexpr Site kServe{"test.serve"};

// Echoes until the peer is done.
void serve(Env& env, Event& /*stop*/) {
  auto listener = env.network.listen({"", 9000}, {.backlog = 8});
  REQUIRE(listener.ok());
  for (;;) {
    auto socket = (*listener)->await_accept();
    if (!socket) return;
    env.scheduler.spawn(kServe, [&env, socket = std::move(*socket)]() mutable {
      FiberStream stream(env.scheduler, env.network.adopt(std::move(socket)));
      uint8_t bytes[512];
      for (;;) {
        const auto count = stream.await_read(bytes);
        if (!count || *count == 0) return;
        if (!stream.await_write_all({bytes, *count})) return;
      }
    });
  }
}

struct EchoRun {
  uint64_t hash = 0;
  size_t echoed = 0;
};

EchoRun run_echo(uint64_t key, size_t byte_count) {
  RandomOracle oracle;
  World world(key, oracle, {});
  EchoRun run;
  world.add_node({}).boot(serve);
  world.add_node({}).boot([&](Env& env, Event&) {
    auto connection = env.network.await_connect({"10.0.0.1", 9000}, TimePoint::never());
    REQUIRE(connection.ok());
    FiberStream stream(env.scheduler, std::move(*connection));
    Buffer sent(byte_count);
    for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<uint8_t>(i * 7);
    env.scheduler.spawn(kServe, [&] { REQUIRE(stream.await_write_all(sent).ok()); });
    Buffer received(byte_count);
    REQUIRE(stream.await_read_exact(received).ok());
    REQUIRE(received == sent);
    run.echoed = received.size();
  });
  world.simulator().run_until(seconds(100).ns());
  run.hash = world.simulator().trace().hash();
  return run;
}

}  // namespace

TEST_CASE("bytes come back through a simulated connection, whole and in order") {
  REQUIRE(run_echo(1, 300'000).echoed == 300'000);
}

TEST_CASE("the same key gives the same hash") {
  REQUIRE(run_echo(7, 20'000).hash == run_echo(7, 20'000).hash);
}

TEST_CASE("another key gives another hash") {
  REQUIRE(run_echo(7, 20'000).hash != run_echo(8, 20'000).hash);
}

TEST_CASE("a process that starts again draws what its earlier lives have not drawn") {
  RandomOracle oracle;
  World world(7, oracle, {});
  SimNode& node = world.add_node({});
  std::set<uint64_t> drawn;
  for (int life = 0; life < 10; ++life) {
    node.boot([&](Env& env, Event&) { drawn.insert(env.random.choose(kServe, uint64_t{1} << 62)); });
    world.simulator().run_until(world.simulator().now_ns() + seconds(1).ns());
    node.kill();
  }
  REQUIRE(drawn.size() == 10);
}

TEST_CASE("power loss keeps what was synced and may take what was not") {
  size_t lost = 0;
  size_t kept = 0;
  for (uint64_t key = 1; key <= 40; ++key) {
    RandomOracle oracle;
    World world(key, oracle, {});
    SimNode& node = world.add_node({});
    node.boot([](Env& env, Event& stop) {
      auto file = std::move(*env.disk.await_open("f", OpenMode::create));
      REQUIRE(env.disk.await_sync_directory("").ok());
      REQUIRE(await_write_fully(*file, 0, as_bytes("synced")).ok());
      REQUIRE(file->await_sync().ok());
      REQUIRE(await_write_fully(*file, 6, as_bytes("volatile")).ok());
      stop.await();
    });
    world.simulator().run_until(seconds(10).ns());
    node.lose_power();
    std::string after;
    node.boot([&](Env& env, Event&) {
      const Buffer content = *await_read_file(env.disk, "f", 1000);
      after = std::string(as_text(content));
    });
    world.simulator().run_until(seconds(20).ns());
    REQUIRE(after.substr(0, 6) == "synced");
    (after == "syncedvolatile" ? kept : lost) += 1;
  }
  REQUIRE(lost > 0);
  REQUIRE(kept > 0);
}

TEST_CASE("bytes sent into a cut arrive when it heals") {
  RandomOracle oracle;
  World world(3, oracle, {});
  world.add_node({}).boot(serve);
  bool answered = false;
  world.add_node({}).boot([&](Env& env, Event&) {
    auto connection = env.network.await_connect({"10.0.0.1", 9000}, TimePoint::never());
    FiberStream stream(env.scheduler, std::move(*connection));
    REQUIRE(await_sleep(env.scheduler, TimePoint{seconds(2).ns()}) == WaitResult::timed_out);
    REQUIRE(stream.await_write_all(as_bytes("ping")).ok());
    uint8_t bytes[4];
    REQUIRE(stream.await_read_exact(bytes).ok());
    answered = true;
  });
  world.simulator().run_until(seconds(1).ns());
  world.network().cut(2, 1);
  world.simulator().run_until(seconds(5).ns());
  REQUIRE_FALSE(answered);
  REQUIRE(world.network().heal(2, 1) > 0);
  world.simulator().run_until(seconds(6).ns());
  REQUIRE(answered);
}

TEST_CASE("a peer that lost power is silent until it is back, then it resets") {
  RandomOracle oracle;
  World world(4, oracle, {});
  SimNode& server = world.add_node({});
  server.boot(serve);
  NetError error = NetError::other;
  bool ended = false;
  world.add_node({}).boot([&](Env& env, Event&) {
    auto connection = env.network.await_connect({"10.0.0.1", 9000}, TimePoint::never());
    FiberStream stream(env.scheduler, std::move(*connection));
    await_sleep(env.scheduler, TimePoint{seconds(2).ns()});
    REQUIRE(stream.await_write_all(as_bytes("ping")).ok());
    uint8_t bytes[4];
    error = stream.await_read_exact(bytes).error();
    ended = true;
  });
  world.simulator().run_until(seconds(1).ns());
  server.lose_power();
  world.simulator().run_until(seconds(5).ns());
  REQUIRE_FALSE(ended);
  server.boot(serve);
  world.simulator().run_until(seconds(10).ns());
  REQUIRE(ended);
  REQUIRE(error == NetError::reset);
}
