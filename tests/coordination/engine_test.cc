// The cores as the driver of an ensemble has them.
#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/raft_engine.h"
#include "broker/coordination/consensus/raft_wire.h"

namespace weir {
namespace {

RaftEngine engine() {
  const RaftOptions options{.self = ServerId{1}, .servers = {ServerId{1}, ServerId{2}, ServerId{3}}};
  return {RaftProtocol{}, options, RaftSaved{}, Moment{}, RaftRules{}};
}

Buffer append_request() {
  return encode_raft_message(
      {ServerId{2}, ServerId{1}, 1, AppendRequest{kNoZxid, {make_zxid(1, 1), make_zxid(1, 2)}}});
}

TEST_CASE("a message with its payloads reaches the core, which says what to append") {
  RaftEngine core = engine();
  std::vector<Zxid> names;
  const auto effects = core.receive(ServerId{2}, append_request(), {2, {}}, names, {});
  REQUIRE(names == std::vector<Zxid>{make_zxid(1, 1), make_zxid(1, 2)});
  REQUIRE(effects->append == names);
  REQUIRE(effects->hard_state->current_epoch == 1);
}

TEST_CASE("a message that does not bring what it names never reaches the core") {
  RaftEngine core = engine();
  std::vector<Zxid> names;
  const Buffer snapshot =
      encode_raft_message({ServerId{2}, ServerId{1}, 1, SnapshotRequest{make_zxid(1, 9)}});
  REQUIRE_FALSE(core.receive(ServerId{2}, append_request(), {1, {}}, names, {}).ok());
  names.clear();
  REQUIRE_FALSE(core.receive(ServerId{2}, append_request(), {3, {}}, names, {}).ok());
  names.clear();
  REQUIRE_FALSE(core.receive(ServerId{2}, append_request(), {2, make_zxid(1, 2)}, names, {}).ok());
  names.clear();
  REQUIRE_FALSE(core.receive(ServerId{2}, snapshot, {0, {}}, names, {}).ok());
  REQUIRE_FALSE(core.receive(ServerId{2}, snapshot, {0, make_zxid(1, 8)}, names, {}).ok());
  REQUIRE_FALSE(core.receive(ServerId{2}, Buffer{1, 2, 3}, {0, {}}, names, {}).ok());
  const auto effects = core.receive(ServerId{2}, append_request(), {2, {}}, names, {});
  REQUIRE(effects->hard_state->current_epoch == 1);  // of the first that it has seen
}

TEST_CASE("a term that no elections could have reached is not believed") {
  RaftEngine core = engine();
  std::vector<Zxid> names;
  const auto reply = [](uint32_t term) {
    return encode_raft_message({ServerId{2}, ServerId{1}, term, AppendReply{}});
  };
  REQUIRE_FALSE(core.receive(ServerId{2}, reply(0xffffffff), {}, names, {}).ok());
  REQUIRE(core.receive(ServerId{2}, reply(1000), {}, names, {})->hard_state->current_epoch == 1000);
}

TEST_CASE("a message may be sent with its first entries only") {
  RaftEngine core = engine();
  (void)core.tick({TimePoint{seconds(10).ns()}, 0});
  const auto grant = [](bool pre, uint32_t term) {
    return encode_raft_message({ServerId{2}, ServerId{1}, term, VoteReply{pre, true}});
  };
  std::vector<Zxid> names;
  const Moment now{TimePoint{seconds(10).ns()}, 0};
  (void)core.receive(ServerId{2}, grant(true, 1), {}, names, now);
  auto won = core.receive(ServerId{2}, grant(false, 1), {}, names, now);
  REQUIRE(won->role->won);
  (void)core.receive(ServerId{2},
                     encode_raft_message({ServerId{2}, ServerId{1}, 1, AppendReply{.matched = true}}),
                     {}, names, now);
  (void)core.propose(3, now);
  auto sent = core.flush(now);
  REQUIRE(sent.messages.size() == 1);
  EngineMessage& message = sent.messages.front();
  REQUIRE(message.entries.size() == 3);
  const auto first = decode_raft_message(message.encode(2));
  REQUIRE(std::get<AppendRequest>(first->body).entries.size() == 2);
}

}  // namespace
}  // namespace weir
