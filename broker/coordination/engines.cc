#include "broker/coordination/engines.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/coordination/consensus/ensemble.h"
#include "broker/coordination/consensus/epoch_runs.h"
#include "broker/coordination/consensus/planted_rules.h"
#include "broker/coordination/consensus/raft_engine.h"
#include "broker/coordination/consensus/solo.h"
#include "broker/coordination/consensus/trace_points.h"
#include "broker/coordination/consensus/zab_engine.h"
#include "broker/coordination/snapshots.h"

namespace weir {
namespace {

constexpr Site kRestored{"coordination.restored"};
constexpr Site kDraw{"coordination.consensus_start"};
constexpr Site kBugTailSkipped{"bug.coordination-snapshot-without-tail"};
constexpr Site kBugSessionsLost{"bug.coordination-sessions-lost"};
constexpr std::string_view kComponent = "Coordinator";
constexpr uint64_t kReplayBytes = 1 << 20;

// Solo: what is in the log was promised.
Result<uint64_t, std::string> await_replay(TxnStore& store, CoordinationState& state) {
  uint64_t count = 0;
  for (;;) {
    const auto records = store.await_read(state.applied, kReplayBytes);
    if (!records) return Failure{records.error().what};
    if (records->empty()) return count;
    for (const TxnRecord& record : *records) {
      const auto txn = decode_txn(record.payload);
      if (!txn) {
        return Failure{fmt::format("transaction {:#x} in the log: {}", record.zxid.value(),
                                   txn.error().message)};
      }
      state.apply(record.zxid, *txn);
      ++count;
    }
  }
}

Result<std::vector<Zxid>, std::string> await_names(TxnStore& store) {
  std::vector<Zxid> names;
  for (;;) {
    const auto records =
        store.await_read(names.empty() ? store.base_zxid() : names.back(), kReplayBytes);
    if (!records) return Failure{records.error().what};
    if (records->empty()) return names;
    for (const TxnRecord& record : *records) names.push_back(record.zxid);
  }
}

// What is durable when this server begins, for whoever judges it.
void trace_opened(Env& env, const TxnStore& store, const HardState& hard, const std::vector<Zxid>& entries) {
  const auto number = [](Zxid zxid) { return static_cast<uint64_t>(zxid.value()); };
  env.trace.event(trace_points::kOpened, number(store.base_zxid()), hard.current_epoch,
                  hard.reinitialised ? 1 : 0);
  for_each_epoch_run(entries, [](Zxid zxid) { return zxid; }, [&](Zxid first, Zxid last) {
    env.trace.event(trace_points::kHeld, number(first), number(last));
  });
}

CoreOptions options_for(const CoordinatorConfig& config) {
  CoreOptions options;
  options.self = *config.id;
  for (const CoordinatorPeer& peer : config.servers) options.servers.push_back(peer.id);
  options.election_timeout = config.election_timeout;
  options.heartbeat_interval = config.heartbeat_interval;
  options.snapshot_retry = seconds(5);
  return options;
}

Result<std::unique_ptr<EngineCore>, std::string> await_make_core(Env& env, TxnStore& store,
                                                                 const CoordinatorConfig& config) {
  const Moment moment{env.clock.now(), env.random.choose(kDraw, uint64_t{1} << 62)};
  const HardState hard = store.hard_state().value_or(HardState{});
  if (epoch_of(store.last_zxid()) > std::max(hard.accepted_epoch, hard.current_epoch)) {
    return Failure{fmt::format("the log goes to epoch {}, and the one that was saved is {}: the file "
                               "hard_state is missing; empty the directory so that the others fill it",
                               epoch_of(store.last_zxid()), hard.current_epoch)};
  }
  std::vector<Zxid> entries = TRY(await_names(store));
  trace_opened(env, store, hard, entries);
  if (config.engine == ConsensusEngine::zab) {
    const ZabSaved saved{ZabProtocol::from_saved(hard), store.base_zxid(), store.snapshot_zxid(),
                         std::move(entries)};
    return std::unique_ptr<EngineCore>(
        std::make_unique<ZabEngine>(ZabProtocol(env, *config.id), options_for(config),
                                    saved, moment, zab_rules(env.buggify)));
  }
  const RaftSaved saved{RaftProtocol::from_saved(hard), store.base_zxid(), store.snapshot_zxid(),
                        std::move(entries)};
  return std::unique_ptr<EngineCore>(
      std::make_unique<RaftEngine>(RaftProtocol{}, options_for(config), saved, moment,
                                   raft_rules(env.buggify)));
}

}  // namespace

Result<Done, std::string> check_ensemble(const CoordinatorConfig& config) {
  if (config.servers.empty()) return Done{};
  const size_t count = config.servers.size();
  if (count != 1 && count != 3 && count != 5) {
    return Failure{fmt::format("coordinator.servers names {} servers; an ensemble has 1, 3 or 5", count)};
  }
  for (const CoordinatorPeer& each : config.servers) {
    const auto same = std::count_if(config.servers.begin(), config.servers.end(), [&](const auto& other) {
      return other.id == each.id || other.at == each.at;
    });
    if (same != 1) {
      return Failure{fmt::format("coordinator.servers: two servers have the id or the address of {}@{}:{}",
                                 each.id.value(), each.at.host, each.at.port)};
    }
  }
  const auto is_self = [&](const CoordinatorPeer& peer) { return peer.id == config.id; };
  if (std::none_of(config.servers.begin(), config.servers.end(), is_self)) {
    return Failure{std::string("coordinator.servers does not name this server: set coordinator.id to the "
                               "one of them that it is")};
  }
  if (config.election_timeout <= config.heartbeat_interval * 2) {
    return Failure{fmt::format("coordinator.election.timeout.ms is {}; it has to be more than twice "
                               "coordinator.heartbeat.interval.ms, {}",
                               config.election_timeout.ms(), config.heartbeat_interval.ms())};
  }
  return Done{};
}

std::string_view engine_name(const CoordinatorConfig& config) {
  if (config.servers.empty()) return "solo";
  return config.engine == ConsensusEngine::zab ? ZabProtocol::kName : RaftProtocol::kName;
}

Result<Done, std::string> await_restore(Env& env, TxnStore& store, const CoordinatorConfig& config,
                                        CoordinationState& state) {
  const auto restored = await_restore_snapshot(store, state);
  if (!restored) return Failure{restored.error()};
  const Zxid from = state.applied;
  env.trace.event(kRestored, static_cast<uint64_t>(from.value()));
  if (from != kNoZxid && planted(env.buggify, kBugTailSkipped)) state.applied = store.last_zxid();
  uint64_t count = 0;
  if (config.servers.empty()) count = TRY(await_replay(store, state));
  if (planted(env.buggify, kBugSessionsLost)) state.sessions = SessionTable(config.tick);
  log_line(env.log, LogLevel::info, kComponent, [&] {
    return fmt::format("{} znodes and {} sessions: the snapshot of zxid {:#x} and {} transactions "
                       "behind it",
                       state.tree.size(), state.sessions.all().size(), from.value(), count);
  });
  return Done{};
}

Result<Engine, std::string> await_make_engine(Env& env, TxnStore& store,
                                              const CoordinatorConfig& config,
                                              UniqueFunction<Result<Done, std::string>()> await_install) {
  Engine engine(env.scheduler);
  if (config.servers.empty()) {
    engine.consensus = std::make_unique<SoloConsensus>(env, store);
    return engine;
  }
  const auto self = std::find_if(config.servers.begin(), config.servers.end(),
                                 [&](const CoordinatorPeer& peer) { return peer.id == config.id; });
  auto core = TRY(await_make_core(env, store, config));
  auto listener = env.network.listen(self->at, {.backlog = config.listen_backlog});
  if (!listener) {
    return Failure{fmt::format("listening on {}:{} (coordinator.servers): {}", self->at.host,
                               self->at.port, to_text(listener.error()))};
  }
  engine.listener = std::move(*listener);
  const PeerLinksOptions links{.self = *config.id,
                               .servers = config.servers,
                               .engine = std::string(engine_name(config)),
                               .retry = config.heartbeat_interval};
  engine.consensus = std::make_unique<EnsembleConsensus>(env, store, std::move(core), links,
                                                         *engine.listener, engine.snapshots,
                                                         std::move(await_install));
  return engine;
}

}  // namespace weir
