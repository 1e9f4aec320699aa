// What await_*_settled makes of a connection that breaks behind a request, told by a server that does just
// what the test says.
#include "tests/support/test_pch.h"

#include "broker/coordination/client/settled.h"
#include "tests/coordination/raw_client.h"
#include "tests/coordination/sim_coordinator.h"

namespace weir {
namespace {

// One connection, from the server's side.
class ScriptedConnection {
 public:
  ScriptedConnection(Env& env, Listener& listener)
      : stream_(env.scheduler, env.network.adopt(std::move(*listener.await_accept()))) {}

  void await_greet(SessionId session) {
    await_frame();
    Buffer answer;
    append_jute(answer,
                ConnectResponse{.timeout_ms = 4000, .session = session, .password = Buffer(16)});
    REQUIRE(stream_.await_write_all(framed(answer)).ok());
  }
  // The next request that is no ping.
  ZkRequestHeader await_request() {
    for (;;) {
      ZkRequestHeader header;
      const Buffer frame = await_frame();
      JuteReader(frame).structure(header);
      if (header.op != ZkOp::ping) return header;
    }
  }
  template <class M>
  void await_answer(int32_t xid, const M& record) {
    Buffer answer;
    append_jute(answer, ZkReplyHeader{xid, Zxid{1}, ZkError::ok});
    append_jute(answer, record);
    REQUIRE(stream_.await_write_all(framed(answer)).ok());
  }

 private:
  Buffer await_frame() {
    uint8_t length[4];
    REQUIRE(stream_.await_read_exact(length).ok());
    Buffer frame(load_big_endian<uint32_t>(length));
    REQUIRE(stream_.await_read_exact(frame).ok());
    return frame;
  }
  FiberStream stream_;
};

// The node that the client finds after its creation was cut off has this owner.
ZkResult<ZnodeCreated> created_when_owner_is(SessionId owner) {
  RandomOracle oracle;
  World world(1, oracle, {});
  for (int i = 0; i < 2; ++i) world.add_node({});
  const Endpoint at{World::address_of(1), 2181};
  world.node(1).boot([&](Env& env, Event& /*stop*/) {
    auto listener = env.network.listen(at, {.backlog = 10});
    {
      ScriptedConnection cut_off(env, **listener);
      cut_off.await_greet(SessionId{7});
      REQUIRE(cut_off.await_request().op == ZkOp::create2);
    }
    ScriptedConnection next(env, **listener);
    next.await_greet(SessionId{7});
    const ZkRequestHeader sync = next.await_request();
    REQUIRE(sync.op == ZkOp::sync);
    next.await_answer(sync.xid, PathRecord{"/e"});
    const ZkRequestHeader read = next.await_request();
    REQUIRE(read.op == ZkOp::get_data);
    next.await_answer(read.xid, GetDataResponse{Buffer{}, {.ephemeral_owner = owner}});
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
  });
  ZkResult<ZnodeCreated> created = ZkError::connection_loss;
  world.node(2).boot([&](Env& env, Event& /*stop*/) {
    RunningClient running(env, at);  // there is no session yet when it asks
    created = await_create_settled(running.client, "/e", Buffer{}, CreateMode::ephemeral);
    running.await_abandon();
  });
  while (world.node(2).running() && world.simulator().step(seconds(100).ns())) {
  }
  return created;
}

TEST_CASE("an ephemeral node that was asked for before there was a session is known as one's own") {
  const auto created = created_when_owner_is(SessionId{7});
  REQUIRE(created.ok());
  REQUIRE(created->stat.ephemeral_owner == SessionId{7});
}

TEST_CASE("an ephemeral node of another session is not taken for one's own") {
  REQUIRE(created_when_owner_is(SessionId{8}).error() == ZkError::node_exists);
}

}  // namespace
}  // namespace weir
