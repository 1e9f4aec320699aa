// What a follower that has nothing to ask tells its leader, and how urgent that is.
#include "tests/support/test_pch.h"

#include "broker/coordination/server/server.h"
#include "model/jute/jute.h"
#include "sim/fiber/gate.h"
#include "sim/world/world.h"

namespace weir {
namespace {

class KeptConsensus final : public Consensus {
 public:
  std::optional<Zxid> propose(Buffer /*payload*/) override { return std::nullopt; }
  void confirm(uint64_t /*id*/) override {}
  void send(ServerId /*to*/, Buffer message, Urgency urgency) override {
    const auto forward = decode_jute<Forward>(message);
    REQUIRE(forward);
    sent.push_back({*forward, urgency});
  }
  [[nodiscard]] ServerId self() const override { return ServerId{1}; }
  struct Sent {
    Forward forward;
    Urgency urgency;
  };
  std::vector<Sent> sent;
};

void run_follower(const std::function<void(Env&, CoordinationServer&, KeptConsensus&)>& body) {
  RandomOracle oracle;
  World world(5, oracle, {});
  bool done = false;
  world.add_node({}).boot([&](Env& env, Event& /*stop*/) {
    static constexpr Site kFiber{"test.expiry"};
    CoordinationState state(seconds(2));
    KeptConsensus consensus;
    CoordinationServer server(
        env, {.beat = milliseconds(100), .patience = seconds(1), .standalone = false}, state, consensus);
    server.on_role({ServerRole::following, 1, ServerId{2}});
    Gate gate(env.scheduler);
    spawn_in(gate, env.scheduler, kFiber, [&] { server.await_expire_sessions(); });
    body(env, server, consensus);
    server.close();
    gate.await_close();
    done = true;
  });
  world.simulator().run_until(seconds(100).ns());
  REQUIRE(done);
}

void answer(CoordinationServer& server, const KeptConsensus& consensus, int64_t number) {
  Buffer bytes;
  append_jute(bytes, ForwardAnswer{.epoch = 1,
                                   .life = consensus.sent.back().forward.life,
                                   .number = number,
                                   .missed = false,
                                   .applied = kNoZxid,
                                   .settled = {}});
  server.on_message(ServerId{2}, bytes);
}

void await_beats(Env& env, const KeptConsensus& consensus, size_t more) {
  const size_t until = consensus.sent.size() + more;
  while (consensus.sent.size() < until) {
    await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
  }
}

TEST_CASE("a follower says at once that it is there") {
  run_follower([](Env&, CoordinationServer&, KeptConsensus& consensus) {
    REQUIRE(consensus.sent.size() == 1);
    REQUIRE(consensus.sent.front().urgency == Urgency::soon);
  });
}

TEST_CASE("the signs of life of a follower whose leader answers may wait") {
  run_follower([](Env& env, CoordinationServer& server, KeptConsensus& consensus) {
    for (int64_t number = 1; number < 10; ++number) {
      answer(server, consensus, number);
      await_beats(env, consensus, 1);
      REQUIRE(consensus.sent.back().urgency == Urgency::with_next);
    }
  });
}

TEST_CASE("a follower that is not answered waits for nothing") {
  run_follower([](Env& env, CoordinationServer& server, KeptConsensus& consensus) {
    answer(server, consensus, 1);
    await_beats(env, consensus, 2);
    REQUIRE(consensus.sent.back().urgency == Urgency::soon);
    await_beats(env, consensus, 1);
    REQUIRE(consensus.sent.back().urgency == Urgency::soon);
    answer(server, consensus, 2);
    await_beats(env, consensus, 1);
    REQUIRE(consensus.sent.back().urgency == Urgency::with_next);
  });
}

}  // namespace
}  // namespace weir
