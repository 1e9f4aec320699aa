// The limits of CoordinationServer, met in a simulated world.
#include "tests/support/test_pch.h"

#include "broker/coordination/server/server.h"
#include "tests/coordination/raw_client.h"
#include "tests/coordination/sim_coordinator.h"

namespace weir {
namespace {

void await_for(Env& env, Duration duration) {
  await_sleep(env.scheduler, env.clock.now() + duration);
}

CreateRequest create(std::string path, CreateMode mode = CreateMode::persistent) {
  return {std::move(path), Buffer{}, open_acl(), static_cast<int32_t>(mode)};
}

// "Outstanding: N" of srvr.
int outstanding(Env& env, const Endpoint& at) {
  RawClient asks(env, at);
  REQUIRE(asks.await_send(as_bytes("srvr")));
  const std::string text = asks.await_text();
  const size_t from = text.find("Outstanding: ");
  return from == std::string::npos ? -1 : std::stoi(text.substr(from + 13));
}

TEST_CASE("more requests than the outstanding limit are all answered, in their order") {
  SimCoordinator service(11);
  service.config.outstanding_limit = GENERATE(1U, 2U, 7U);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RawClient client(env, service.at());
    REQUIRE(client.await_open_session());
    Buffer all;
    constexpr int32_t kRequests = 60;
    for (int32_t xid = 1; xid <= kRequests; ++xid) {
      Buffer content;
      append_jute(content, ZkRequestHeader{xid, xid % 3 == 0 ? ZkOp::exists : ZkOp::create});
      if (xid % 3 == 0) {
        append_jute(content, PathWatchRequest{"/n" + std::to_string(xid - 1), false});
      } else {
        append_jute(content, create("/n" + std::to_string(xid)));
      }
      append_bytes(all, framed(content));
    }
    REQUIRE(client.await_send(all));
    for (int32_t xid = 1; xid <= kRequests; ++xid) {
      const auto frame = client.await_frame();
      REQUIRE(frame.has_value());
      ZkReplyHeader header;
      JuteReader(*frame).structure(header);
      REQUIRE(header.xid == xid);
      REQUIRE(header.error == ZkError::ok);
    }
    REQUIRE(outstanding(env, service.at()) == 0);
  }));
}

// Orders at once, and applies when it is told to.
class HeldConsensus final : public Consensus {
 public:
  std::optional<Zxid> propose(Buffer payload) override {
    last = Zxid{last.value() + 1};
    waiting.push_back({last, std::move(payload)});
    return last;
  }
  void confirm(uint64_t /*id*/) override {}
  void send(ServerId /*to*/, Buffer /*message*/, Urgency /*urgency*/) override {}
  [[nodiscard]] ServerId self() const override { return ServerId{0}; }
  void apply_all(StateMachine& state) {
    for (const auto& [zxid, payload] : std::exchange(waiting, {})) state.apply(zxid, payload);
  }
  Zxid last;
  std::vector<std::pair<Zxid, Buffer>> waiting;
};

// Frames that the server has taken, words left out.
int received(CoordinationServer& server) {
  const std::string text = static_cast<FrameSink&>(server).on_word("srvr");
  return std::stoi(text.substr(text.find("Received: ") + 10));
}

// A server of its own on machine 1, which `serve` drives once it has one connection with a session, and a
// client on machine 2.
void run_held(const CoordinationOptions& options,
              const std::function<void(Env&, CoordinationServer&, HeldConsensus&)>& serve,
              const std::function<void(RawClient&)>& ask) {
  RandomOracle oracle;
  World world(12, oracle, {});
  for (int i = 0; i < 2; ++i) world.add_node({});
  const Endpoint at{World::address_of(1), 2181};
  world.node(1).boot([&](Env& env, Event& /*stop*/) {
    static constexpr Site kFiber{"test.server"};
    CoordinationState state(seconds(2));
    HeldConsensus consensus;
    CoordinationServer server(env, options, state, consensus);
    server.on_role({ServerRole::leading, 0, consensus.self()});
    auto listener = env.network.listen(at, {.backlog = 10});
    Gate gate(env.scheduler);
    spawn_in(gate, env.scheduler, kFiber, [&] { server.await_serve_clients(); });
    server.add(std::move(*(*listener)->await_accept()));
    while (consensus.waiting.empty()) await_for(env, milliseconds(10));
    consensus.apply_all(server);  // the session is open
    serve(env, server, consensus);
    server.close();
    gate.await_close();
  });
  world.node(2).boot([&](Env& env, Event& /*stop*/) {
    RawClient client(env, at);
    REQUIRE(client.await_open_session());
    ask(client);
  });
  while (world.node(2).running() && world.simulator().step(seconds(100).ns())) {
  }
}

TEST_CASE("reads that wait for a write count as outstanding, and are answered once it is applied") {
  constexpr int kLimit = 10;
  constexpr int kReads = 100;
  int while_held = 0;
  int answers = 0;
  run_held(
      {.outstanding_limit = kLimit},
      [&](Env& env, CoordinationServer& server, HeldConsensus& consensus) {
        await_for(env, seconds(10));
        while_held = received(server);
        consensus.apply_all(server);
        await_for(env, seconds(10));
      },
      [&](RawClient& client) {
        REQUIRE(client.await_ask(1, ZkOp::create, create("/a")));
        for (int32_t xid = 2; xid < 2 + kReads; ++xid) {
          REQUIRE(client.await_ask(xid, ZkOp::exists, PathWatchRequest{"/a", false}));
        }
        while (answers < 1 + kReads && client.await_answer() == ZkError::ok) ++answers;
      });
  REQUIRE(while_held == 1 + kLimit);  // and the ConnectRequest
  REQUIRE(answers == 1 + kReads);
}

TEST_CASE("what requests hold in memory is limited as their number is") {
  constexpr int kCreates = 20;
  int while_held = 0;
  int answers = 0;
  run_held(
      {.outstanding_bytes_limit = 4'000},
      [&](Env& env, CoordinationServer& server, HeldConsensus& consensus) {
        await_for(env, seconds(10));
        while_held = received(server);
        for (int i = 0; i < kCreates; ++i) {
          consensus.apply_all(server);
          await_for(env, milliseconds(100));
        }
      },
      [&](RawClient& client) {
        for (int32_t xid = 1; xid <= kCreates; ++xid) {
          CreateRequest request = create("/n" + std::to_string(xid));
          request.data = Buffer(1'000, 'x');
          REQUIRE(client.await_ask(xid, ZkOp::create, request));
        }
        while (answers < kCreates && client.await_answer() == ZkError::ok) ++answers;
      });
  REQUIRE(while_held == 1 + 4);
  REQUIRE(answers == kCreates);
}

TEST_CASE("a connection with more watches than the limit is closed") {
  constexpr int kLimit = 5;
  int answers = 0;
  bool ended = false;
  run_held(
      {.watches_per_connection = kLimit},
      [&](Env& env, CoordinationServer& /*server*/, HeldConsensus& /*consensus*/) {
        await_for(env, seconds(10));
      },
      [&](RawClient& client) {
        for (int i = 0; i < kLimit; ++i) {
          for (int twice = 0; twice < 2; ++twice) {
            REQUIRE(client.await_ask(1, ZkOp::exists, PathWatchRequest{"/n" + std::to_string(i), true}));
            if (client.await_answer() == ZkError::no_node) ++answers;
          }
        }
        REQUIRE(client.await_ask(1, ZkOp::exists, PathWatchRequest{"/one-more", true}));
        ended = client.await_ended();
      });
  REQUIRE(answers == 2 * kLimit);
  REQUIRE(ended);
}

TEST_CASE("a connection that asks for no session is closed, and one with a session stays") {
  SimCoordinator service(15);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RawClient client(env, service.at());
    REQUIRE(client.await_open_session());
    RawClient silent(env, service.at());
    const TimePoint before = env.clock.now();
    REQUIRE(silent.await_ended());
    REQUIRE(env.clock.now() - before >= seconds(10));
    REQUIRE(client.await_ask(1, ZkOp::exists, PathWatchRequest{"/", false}));
    REQUIRE(client.await_answer() == ZkError::ok);
  }));
}

TEST_CASE("syncs that come together are answered, one after the other") {
  SimCoordinator service(14);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RawClient client(env, service.at());
    REQUIRE(client.await_open_session());
    Buffer all;
    for (int32_t xid = 1; xid <= 3; ++xid) {
      Buffer content;
      append_jute(content, ZkRequestHeader{xid, ZkOp::sync});
      append_jute(content, PathRecord{"/"});
      append_bytes(all, framed(content));
    }
    REQUIRE(client.await_send(all));
    for (int i = 0; i < 3; ++i) REQUIRE(client.await_answer() == ZkError::ok);
  }));
}

TEST_CASE("a session ends with more ephemeral nodes than a request could name") {
  SimCoordinator service(13);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    constexpr size_t kNodes = 10;
    RunningClient owner(env, service.at());
    for (size_t i = 0; i < kNodes; ++i) {
      const std::string path = "/" + std::string(900'000, static_cast<char>('a' + i));
      REQUIRE(owner.client.await_create(path, {}, CreateMode::ephemeral).ok());
    }
    owner.await_close();
    RunningClient other(env, service.at());
    REQUIRE(other.client.await_children("/")->names == std::vector<std::string>{"zookeeper"});
    other.await_close();
  }));
  REQUIRE(service.failure().empty());
}

TEST_CASE("a write that would become too long a transaction is refused, and the service goes on") {
  SimCoordinator service(14);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RawClient client(env, service.at());
    REQUIRE(client.await_open_session());
    const std::string user(500, 'u');
    const ConstBytes secret = as_bytes(user);
    Buffer digest(secret.begin(), secret.end());
    append_bytes(digest, as_bytes(":x"));
    REQUIRE(client.await_ask(kXidAuth, ZkOp::auth, AuthPacket{0, "digest", digest}));
    REQUIRE(client.await_answer() == ZkError::ok);
    CreateRequest request = create("/a");
    request.acl.clear();
    for (int32_t perms = 0; perms < 20'000; ++perms) request.acl.push_back({perms, "auth", ""});
    REQUIRE(client.await_ask(1, ZkOp::create, request));
    REQUIRE(client.await_answer() == ZkError::bad_arguments);
    REQUIRE(client.await_ask(2, ZkOp::create, create("/a")));
    REQUIRE(client.await_answer() == ZkError::ok);
  }));
  REQUIRE(service.failure().empty());
}

TEST_CASE("a multiRead that asks for the same great node again and again is refused") {
  SimCoordinator service(15);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RawClient client(env, service.at());
    REQUIRE(client.await_open_session());
    CreateRequest request = create("/a");
    request.data = Buffer(1'000'000);
    REQUIRE(client.await_ask(1, ZkOp::create, request));
    REQUIRE(client.await_answer() == ZkError::ok);
    const auto read = [&](size_t times) {
      Buffer content;
      append_jute(content, ZkRequestHeader{2, ZkOp::multi_read});
      append_multi(content, {times, {ZkOp::get_data, PathWatchRequest{"/a", false}}});
      REQUIRE(client.await_send_frame(content));
      return client.await_answer();
    };
    REQUIRE(read(16) == ZkError::ok);
    REQUIRE(read(17) == ZkError::bad_arguments);
    REQUIRE(read(10'000) == ZkError::bad_arguments);
  }));
}

TEST_CASE("a connection authenticates as a hundred identities, its address among them") {
  SimCoordinator service(16);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    RawClient client(env, service.at());
    REQUIRE(client.await_open_session());
    const auto authenticate = [&](int number) {
      const std::string text = std::to_string(number) + ":x";
      const AuthPacket packet{0, "digest", Buffer(text.begin(), text.end())};
      REQUIRE(client.await_ask(kXidAuth, ZkOp::auth, packet));
      return client.await_answer();
    };
    for (int i = 1; i < 100; ++i) REQUIRE(authenticate(i) == ZkError::ok);
    REQUIRE(authenticate(100) == ZkError::auth_failed);
    REQUIRE(client.await_ended());
  }));
}

}  // namespace
}  // namespace weir
