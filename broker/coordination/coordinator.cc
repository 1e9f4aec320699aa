#include "broker/coordination/coordinator.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/coordination/consensus/solo.h"
#include "broker/coordination/server/server.h"
#include "broker/coordination/snapshots.h"
#include "sim/fiber/gate.h"

namespace weir {
namespace {

constexpr Site kAcceptor{"coordination.acceptor"};
constexpr Site kPort{"coordination.port"};
constexpr Site kExpiry{"coordination.expiry"};
constexpr Site kConsensus{"coordination.consensus"};
constexpr Site kSnapshots{"coordination.snapshots"};
constexpr Site kBugTailSkipped{"bug.coordination-snapshot-without-tail"};
constexpr Site kBugSessionsLost{"bug.coordination-sessions-lost"};
constexpr std::string_view kComponent = "Coordinator";
constexpr std::string_view kDirectory = "coordination";
constexpr std::string_view kLockFile = ".coordination.lock";
constexpr uint64_t kReplayBytes = 1 << 20;
// A session's end names all its ephemeral nodes in one transaction, which must never be too long to write:
// the session would never end. What a client asks for has a limit of its own.
constexpr uint64_t kRecordBytes = 1 << 30;

CoordinationOptions options_of(const CoordinatorConfig& config) {
  return {.tick = config.tick,
          .min_session_timeout = config.min_session_timeout.value_or(config.tick * 2),
          .max_session_timeout = config.max_session_timeout.value_or(config.tick * 20),
          .outstanding_limit = config.outstanding_limit,
          .max_txn_bytes = 4 * size_t{std::max(config.max_frame_bytes, 1U << 20)},
          .port = {.max_frame_bytes = config.max_frame_bytes,
                   .max_connections_per_host = config.max_connections_per_host}};
}

// The state as of the last transaction that is on the disk.
Result<Done, std::string> await_recover(Env& env, TxnStore& store, const CoordinatorConfig& config,
                                        CoordinationState& state) {
  const auto restored = await_restore_snapshot(store, state);
  if (!restored) return Failure{restored.error()};
  const Zxid from = state.applied;
  uint64_t count = 0;
  const bool skips_tail = from != kNoZxid && planted(env.buggify, kBugTailSkipped);
  if (skips_tail) state.applied = store.last_zxid();
  for (;;) {
    const auto records = store.await_read(state.applied, kReplayBytes);
    if (!records) return Failure{records.error().what};
    if (records->empty()) break;
    for (const TxnRecord& record : *records) {
      const auto txn = decode_txn(record.payload);
      if (!txn) {
        return Failure{fmt::format("transaction {:#x} in {}: {}", record.zxid.value(), kDirectory,
                                   txn.error().message)};
      }
      state.apply(record.zxid, *txn);
      ++count;
    }
  }
  if (planted(env.buggify, kBugSessionsLost)) state.sessions = SessionTable(config.tick);
  log_line(env.log, LogLevel::info, kComponent, [&] {
    return fmt::format("{} znodes and {} sessions: the snapshot of zxid {:#x} and {} transactions "
                       "behind it",
                       state.tree.size(), state.sessions.all().size(), from.value(), count);
  });
  return Done{};
}

void await_accept(Listener& listener, CoordinationServer& server) {
  for (;;) {
    auto socket = listener.await_accept();
    if (socket) {
      server.add(std::move(*socket));
    } else if (socket.error() == NetError::closed) {
      return;
    }
  }
}

Result<std::vector<std::unique_ptr<Listener>>, std::string> listen(Env& env,
                                                                   const CoordinatorConfig& config) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (const Endpoint& at : config.listeners) {
    auto listener = env.network.listen(at, config.listen_backlog);
    if (!listener) {
      return Failure{fmt::format("listening on {}:{} (coordinator.listeners): {}", at.host, at.port,
                                 to_text(listener.error()))};
    }
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

}  // namespace

Result<Done, std::string> await_run_coordinator(Env& env, Event& stop,
                                                const CoordinatorConfig& config) {
  const CoordinationOptions options = options_of(config);
  if (options.min_session_timeout > options.max_session_timeout) {
    return Failure{fmt::format("coordinator.min.session.timeout.ms is {}, which is above "
                               "coordinator.max.session.timeout.ms, {}",
                               options.min_session_timeout.ms(), options.max_session_timeout.ms())};
  }
  // Two services on one directory would overwrite each other's history.
  auto lock = env.disk.await_open(kLockFile, OpenMode::create);
  if (!lock) return Failure{fmt::format("opening {} in log.dirs: {}", kLockFile, lock.error().what)};
  if (!(*lock)->try_lock()) {
    return Failure{std::string("log.dirs is in use by another coordination service; stop it or choose "
                               "another directory")};
  }
  auto store = TxnStore::await_open(
      env, {.log = {.directory = std::string(kDirectory),
                    .engine = "solo",
                    .record_bytes = kRecordBytes},
            .snapshots_kept = config.snapshots_kept});
  if (!store) return Failure{store.error().what};
  CoordinationState state(config.tick);
  TRY(await_recover(env, **store, config, state));
  SoloConsensus consensus(env, **store);
  CoordinationServer server(env, options, state, consensus);
  auto listeners = TRY(listen(env, config));
  Result<Done, std::string> result = Done{};
  const auto give_up = [&](const StorageError& why) {
    if (result) result = Failure{why.what};
    stop.set();
  };

  Gate accepting(env.scheduler);
  Gate working(env.scheduler);
  Gate ordering(env.scheduler);
  SnapshotTaker snapshots(env, **store, state, config.snapshot_count);
  spawn_in(ordering, env.scheduler, kConsensus, [&] {
    const auto ended = consensus.await_run(server);
    if (!ended) give_up(ended.error());
  });
  spawn_in(working, env.scheduler, kPort, [&] { server.await_serve_clients(); });
  spawn_in(working, env.scheduler, kExpiry, [&] { server.await_expire_sessions(); });
  spawn_in(working, env.scheduler, kSnapshots, [&] {
    const auto ended = snapshots.await_run();
    if (!ended) give_up(ended.error());
  });
  for (const auto& listener : listeners) {
    spawn_in(accepting, env.scheduler, kAcceptor, [&] { await_accept(*listener, server); });
  }
  log_line(env.log, LogLevel::info, kComponent, [&] {
    std::string on;
    for (const auto& listener : listeners) on += fmt::format(" {}:{}", listener->local().host, listener->local().port);
    return fmt::format("serves ZooKeeper's protocol on{}, sessions of {} to {} ms", on,
                       options.min_session_timeout.ms(), options.max_session_timeout.ms());
  });

  stop.await();
  for (const auto& listener : listeners) listener->close();
  accepting.await_close();
  consensus.close();  // what was proposed is still applied and answered
  ordering.await_close();
  snapshots.close();
  server.close();
  working.await_close();
  if (result) {
    log_line(env.log, LogLevel::info, kComponent, [] { return std::string("stopped in order"); });
  }
  return result;
}

}  // namespace weir
