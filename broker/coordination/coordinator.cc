#include "broker/coordination/coordinator.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/coordination/engines.h"
#include "broker/coordination/first_start.h"
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
constexpr std::string_view kComponent = "Coordinator";
constexpr std::string_view kDirectory = "coordination";
constexpr std::string_view kLockFile = ".coordination.lock";
// A session's end names all its ephemeral nodes in one transaction, which must never be too long to write:
// the session would never end. What a client asks for has a limit of its own.
constexpr uint64_t kRecordBytes = 1 << 30;

CoordinationOptions options_of(const CoordinatorConfig& config) {
  return {.tick = config.tick,
          .min_session_timeout = config.min_session_timeout.value_or(config.tick * 2),
          .max_session_timeout = config.max_session_timeout.value_or(config.tick * 20),
          .outstanding_limit = config.outstanding_limit,
          .max_txn_bytes = 4 * size_t{std::max(config.max_frame_bytes, 1U << 20)},
          .beat = config.heartbeat_interval,
          .patience = config.election_timeout * 2,
          .standalone = config.servers.empty(),
          .port = {.max_frame_bytes = config.max_frame_bytes,
                   .max_connections_per_host = config.max_connections_per_host}};
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
    auto listener = env.network.listen(at, {.backlog = config.listen_backlog});
    if (!listener) {
      return Failure{fmt::format("listening on {}:{} (coordinator.listeners): {}", at.host, at.port,
                                 to_text(listener.error()))};
    }
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

// Everything that runs once the state is there; returns after the stop, or with why it cannot go on.
Result<Done, std::string> await_serve(Env& env, Event& stop, const CoordinatorConfig& config,
                                      TxnStore& store, Engine& engine, CoordinationServer& server,
                                      CoordinationState& state) {
  const auto listeners = TRY(listen(env, config));
  Result<Done, std::string> result = Done{};
  const auto give_up = [&](const StorageError& why) {
    if (result) result = Failure{why.what};
    stop.set();
  };
  Gate accepting(env.scheduler);
  Gate working(env.scheduler);
  Gate ordering(env.scheduler);
  SnapshotTaker snapshots(env, store, state, engine.snapshots, *engine.consensus,
                          config.snapshot_count);
  spawn_in(ordering, env.scheduler, kConsensus, [&] {
    const auto ended = engine.consensus->await_run(server);
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
    for (const auto& listener : listeners) {
      on += fmt::format(" {}:{}", listener->local().host, listener->local().port);
    }
    const CoordinationOptions options = options_of(config);
    return fmt::format("serves ZooKeeper's protocol on{}, sessions of {} to {} ms", on,
                       options.min_session_timeout.ms(), options.max_session_timeout.ms());
  });

  stop.await();
  for (const auto& listener : listeners) listener->close();
  accepting.await_close();
  engine.consensus->close();  // what was proposed alone is still applied and answered
  ordering.await_close();
  snapshots.close();
  server.close();
  working.await_close();
  return result;
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
  TRY(check_ensemble(config));
  // Two services on one directory would overwrite each other's history.
  auto lock = env.disk.await_open(kLockFile, OpenMode::create);
  if (!lock) return Failure{fmt::format("opening {} in log.dirs: {}", kLockFile, lock.error().what)};
  if (!(*lock)->try_lock()) {
    return Failure{std::string("log.dirs is in use by another coordination service; stop it or choose "
                               "another directory")};
  }
  auto store = TxnStore::await_open(env, {.log = {.directory = std::string(kDirectory),
                                                  .engine = std::string(engine_name(config)),
                                                  .record_bytes = kRecordBytes},
                                          .snapshots_kept = config.snapshots_kept});
  if (!store) return Failure{store.error().what};
  TRY(await_first_start(env, **store, kDirectory, config));
  CoordinationState state(config.tick);
  TRY(await_restore(env, **store, config, state));
  // The engine restores a snapshot that has come into the server, which asks the engine: made in turns.
  CoordinationServer* server = nullptr;
  Engine engine = TRY(await_make_engine(env, **store, config, [&]() -> Result<Done, std::string> {
    CoordinationState fresh(config.tick);
    TRY(await_restore(env, **store, config, fresh));
    server->replace(std::move(fresh));
    return Done{};
  }));
  CoordinationServer served(env, options, state, *engine.consensus);
  server = &served;
  const auto result = await_serve(env, stop, config, **store, engine, served, state);
  if (result) {
    log_line(env.log, LogLevel::info, kComponent, [] { return std::string("stopped in order"); });
  }
  return result;
}

}  // namespace weir
