// The driver of an ensemble, with a core that says what it is told to say.
#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/ensemble.h"
#include "tests/coordination/store_bench.h"

namespace weir {
namespace {

constexpr Site kRun{"test.consensus_run"};
constexpr Zxid kFirst = make_zxid(1, 1);

// A leader whose entry is committed by what makes it a member of its epoch: only when that is durable is a
// quorum bound to the entry (zab_core.h).
class JoinsLast final : public EngineCore {
 public:
  EngineEffects tick(Moment /*moment*/) override { return {}; }
  Result<EngineEffects, ProtocolError> receive(ServerId /*from*/, ConstBytes /*head*/,
                                               const Carried& /*carried*/, std::vector<Zxid>& /*entries*/,
                                               Moment /*moment*/) override {
    return EngineEffects{};
  }
  EngineEffects propose(size_t /*count*/, Moment /*moment*/) override {
    EngineEffects effects;
    effects.append = {kFirst};
    effects.write = 1;
    return effects;
  }
  EngineEffects written(uint64_t /*write*/, Moment /*moment*/) override {
    synced_ = kFirst;
    EngineEffects effects;
    effects.hard_state = HardState{.accepted_epoch = 1, .current_epoch = 1};
    effects.committed = kFirst;
    return effects;
  }
  EngineEffects flush(Moment /*moment*/) override { return {}; }
  EngineEffects read(uint64_t /*id*/, Moment /*moment*/) override { return {}; }
  void compact(Zxid /*base*/, Zxid /*snapshot*/) override {}
  [[nodiscard]] TimePoint deadline() const override { return TimePoint::never(); }
  [[nodiscard]] Zxid log_base() const override { return kNoZxid; }
  [[nodiscard]] std::vector<Zxid> entries_after(Zxid zxid, size_t /*max*/) const override {
    return zxid < kFirst ? std::vector{kFirst} : std::vector<Zxid>{};
  }
  [[nodiscard]] Zxid synced() const override { return synced_; }

 private:
  Zxid synced_;
};

class Recorder final : public StateMachine {
 public:
  explicit Recorder(const TxnStore& store) : store_(store) {}
  void apply(Zxid zxid, ConstBytes /*payload*/) override {
    applied = zxid;
    epoch_then = store_.hard_state() ? store_.hard_state()->current_epoch : 0;
  }
  void on_role(const RoleView& /*view*/) override {}
  void on_message(ServerId /*from*/, ConstBytes /*message*/) override {}
  void on_confirmed(uint64_t /*id*/, std::optional<Zxid> /*at*/) override {}

  Zxid applied;
  uint32_t epoch_then = 0;

 private:
  const TxnStore& store_;
};

}  // namespace

TEST_CASE("what is committed is applied after the hard state that it rests on is durable") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env& env, TxnStore& store) {
    const auto listener = env.network.listen({"", 2888}, {.backlog = 8});
    REQUIRE(listener.ok());
    Mutex snapshots(env.scheduler);
    const PeerLinksOptions alone{
        .self = ServerId{1}, .servers = {{ServerId{1}, {"10.0.0.1", 2888}}}, .engine = "raft"};
    EnsembleConsensus consensus(env, store, std::make_unique<JoinsLast>(), alone, **listener, snapshots,
                                []() -> Result<Done, std::string> { return Done{}; });
    Recorder state(store);
    Gate running(env.scheduler);
    spawn_in(running, env.scheduler, kRun, [&] { REQUIRE(consensus.await_run(state).ok()); });
    REQUIRE(consensus.propose(Buffer(3)) == kFirst);
    while (state.applied != kFirst) await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
    REQUIRE(state.epoch_then == 1);
    consensus.close();
    running.await_close();
  });
}

}  // namespace weir
