// ClientPort in a simulated world: its limits, each at its edge, and that it loses no frame.
#include "tests/support/test_pch.h"

#include "broker/coordination/server/client_port.h"
#include "sim/fiber/gate.h"
#include "sim/world/world.h"
#include "tests/coordination/raw_client.h"

namespace weir {
namespace {

// A port on machine 1 that writes down what it is told; machines 2 and 3 are for clients.
class PortBench final : public FrameSink {
 public:
  explicit PortBench(const ClientPortOptions& options = {})
      : options_(options), world_(1, oracle_, {}) {
    for (int i = 0; i < 3; ++i) world_.add_node({});
    world_.node(1).boot([this](Env& env, Event& stop) { serve(env, stop); });
  }

  // Change them before the first client.
  std::function<void(uint64_t connection)> answer = [](uint64_t) {};
  std::function<void(Env&)> beside = [](Env&) {};  // a fiber of the server

  std::vector<Buffer> frames;
  size_t opened = 0;
  size_t closed = 0;

  [[nodiscard]] Endpoint at() const { return {World::address_of(1), 2181}; }
  ClientPort& port() { return *port_; }
  // Until `body` has ended on that machine.
  void run(const std::function<void(Env&)>& body, uint32_t machine = 2) {
    SimNode& node = world_.node(machine);
    if (!node.reap()) node.kill();
    node.boot([&](Env& env, Event& /*stop*/) { body(env); });
    const int64_t until = world_.simulator().now_ns() + seconds(600).ns();
    while (node.running() && world_.simulator().step(until)) {
    }
    REQUIRE_FALSE(node.running());
  }

 private:
  void serve(Env& env, Event& stop) {
    static constexpr Site kFiber{"test.port"};
    ClientPort port(env, *this, options_);
    port_ = &port;
    auto listener = env.network.listen(at(), {.backlog = 10});
    REQUIRE(listener.ok());
    Gate gate(env.scheduler);
    spawn_in(gate, env.scheduler, kFiber, [&] { port.await_run(); });
    spawn_in(gate, env.scheduler, kFiber, [&] { beside(env); });
    spawn_in(gate, env.scheduler, kFiber, [&] {
      while (auto socket = (*listener)->await_accept()) port.add(std::move(*socket));
    });
    stop.await();
    (*listener)->close();
    port.close();
    gate.await_close();
  }
  void on_open(uint64_t, const Endpoint&) override { ++opened; }
  void on_frame(uint64_t connection, ConstBytes frame) override {
    frames.emplace_back(frame.begin(), frame.end());
    answer(connection);
  }
  std::string on_word(std::string_view word) override { return word == "ruok" ? "imok" : ""; }
  void on_closed(uint64_t) override { ++closed; }

  const ClientPortOptions options_;
  RandomOracle oracle_;
  ClientPort* port_ = nullptr;
  World world_;
};

void await_for(Env& env, Duration duration) {
  await_sleep(env.scheduler, env.clock.now() + duration);
}

std::vector<Buffer> numbered(uint8_t count) {
  std::vector<Buffer> frames;
  for (uint8_t i = 0; i < count; ++i) frames.push_back(Buffer(1 + i, i));
  return frames;
}
Buffer joined(const std::vector<Buffer>& frames) {
  Buffer bytes;
  for (const Buffer& frame : frames) append_bytes(bytes, framed(frame));
  return bytes;
}

TEST_CASE("frames arrive whole and in order, however they are cut") {
  PortBench bench;
  const auto frames = numbered(20);
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    for (const uint8_t byte : joined(frames)) {
      REQUIRE(client.await_send({&byte, 1}));
      await_for(env, microseconds(300));
    }
    await_for(env, seconds(2));
  });
  REQUIRE(bench.frames == frames);
}

TEST_CASE("a frame of max_frame_bytes is taken, and one of a byte more ends the connection") {
  PortBench bench({.max_frame_bytes = 1000});
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    REQUIRE(client.await_send_frame(Buffer(1000)));
    await_for(env, seconds(2));
    REQUIRE((bench.frames.size() == 1 && bench.closed == 0));
    REQUIRE(client.await_send_frame(Buffer(1001)));
    REQUIRE(client.await_ended());
  });
  REQUIRE(bench.frames == std::vector<Buffer>{Buffer(1000)});
  REQUIRE(bench.closed == 1);
}

TEST_CASE("a frame of negative length ends its connection and no other") {
  PortBench bench;
  bench.run([&](Env& env) {
    RawClient other(env, bench.at());
    RawClient client(env, bench.at());
    REQUIRE(client.await_send(Buffer{0xff, 0xff, 0xff, 0xff}));
    REQUIRE(client.await_ended());
    REQUIRE(bench.closed == 1);
    REQUIRE(other.await_send_frame(Buffer(3)));
    await_for(env, seconds(2));
  });
  REQUIRE(bench.frames.size() == 1);
}

TEST_CASE("an address gets as many connections as it may have, and one again for one that ends") {
  PortBench bench({.max_connections_per_host = 2});
  bench.run([&](Env& env) {
    RawClient one(env, bench.at());
    {
      RawClient two(env, bench.at());
      RawClient three(env, bench.at());
      REQUIRE(three.await_ended());
      REQUIRE(bench.opened == 2);
    }
    await_for(env, seconds(2));
    RawClient four(env, bench.at());
    REQUIRE(four.await_send_frame(Buffer(1)));
    await_for(env, seconds(2));
    REQUIRE((bench.opened == 3 && bench.frames.size() == 1));
  });
}

TEST_CASE("the connections of one address take none from another") {
  PortBench bench({.max_connections_per_host = 1});
  bench.run([&](Env& env) {
    RawClient one(env, bench.at());
    await_for(env, seconds(1));
    bench.run(
        [&](Env& elsewhere) {
          RawClient two(elsewhere, bench.at());
          await_for(elsewhere, seconds(1));
        },
        3);
  });
  REQUIRE(bench.opened == 2);
}

TEST_CASE("a word that comes in pieces is answered, and the connection ends") {
  PortBench bench;
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    REQUIRE(client.await_send(as_bytes("ru")));
    await_for(env, seconds(1));
    REQUIRE(client.await_send(as_bytes("ok")));
    REQUIRE(client.await_text() == "imok");
  });
  REQUIRE((bench.closed == 1 && bench.frames.empty()));
}

TEST_CASE("behind a frame a word is a length, and too long a one") {
  PortBench bench;
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    REQUIRE(client.await_send_frame(Buffer(1)));
    REQUIRE(client.await_send(as_bytes("ruok")));
    REQUIRE(client.await_text().empty());
  });
  REQUIRE(bench.closed == 1);
}

TEST_CASE("a client that never reads may be sent kMaxUnsentBytes, and a byte more ends it") {
  constexpr size_t kFrames = 64;
  constexpr size_t kFrameBytes = ClientPort::kMaxUnsentBytes / kFrames - 4;
  const bool one_more = GENERATE(false, true);
  PortBench bench;
  bench.answer = [&](uint64_t connection) {
    for (size_t i = 0; i < kFrames; ++i) {
      bench.port().send(connection, Buffer(kFrameBytes + (one_more && i == 0 ? 1 : 0)));
    }
  };
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    REQUIRE(client.await_send_frame(Buffer(1)));
    await_for(env, seconds(5));
    REQUIRE(bench.closed == (one_more ? 1 : 0));
  });
}

TEST_CASE("a client that does not read is not read, and once it does all its frames are answered") {
  constexpr uint8_t kFrames = 10;
  PortBench bench;
  bench.answer = [&](uint64_t connection) {
    bench.port().send(connection, Buffer(ClientPort::kMaxUnansweredBytes));
  };
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    REQUIRE(client.await_send(joined(numbered(kFrames))));
    await_for(env, seconds(10));
    REQUIRE(bench.frames.size() < kFrames);
    for (int i = 0; i < kFrames; ++i) {
      REQUIRE(client.await_frame()->size() == ClientPort::kMaxUnansweredBytes);
    }
  });
  REQUIRE(bench.frames == numbered(kFrames));
}

TEST_CASE("a port that is held reads nothing, and loses nothing of what came before and after") {
  PortBench bench;
  size_t while_held = 0;
  bench.answer = [&](uint64_t) {
    if (bench.frames.size() == 2) bench.port().hold(true);
  };
  bench.beside = [&](Env& env) {
    await_for(env, seconds(10));
    while_held = bench.frames.size();
    bench.port().hold(false);
  };
  bench.run([&](Env& env) {
    RawClient client(env, bench.at());
    REQUIRE(client.await_send(joined(numbered(5))));
    await_for(env, seconds(1));
    Buffer rest = joined(numbered(8));
    rest.erase(rest.begin(), rest.begin() + static_cast<ptrdiff_t>(joined(numbered(5)).size()));
    REQUIRE(client.await_send(rest));
    await_for(env, seconds(20));
  });
  REQUIRE(while_held == 2);
  REQUIRE(bench.frames == numbered(8));
}

}  // namespace
}  // namespace weir
