#include "broker/broker.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/api/checkpoints.h"
#include "broker/api/config_changes.h"
#include "broker/api/config_reloader.h"
#include "broker/api/counted_handler.h"
#include "broker/api/scrape.h"
#include "broker/api/topic_changes.h"
#include "broker/metadata/meta_properties.h"
#include "broker/metrics/http_server.h"
#include "sim/fiber/atomic_file.h"
#include "sim/fiber/gate.h"

namespace weir {
namespace {

constexpr Site kAcceptor{"server.acceptor"};
constexpr Site kProcessor{"server.processor"};
constexpr Site kHandler{"server.handler"};
constexpr Site kDelayed{"server.delayed_fetches"};
constexpr Site kTimer{"server.timer"};
constexpr Site kMetrics{"server.metrics"};
constexpr Site kReload{"server.config_reload"};
constexpr Site kClusterId{"broker.cluster_id"};
constexpr Site kLateHandler{"buggify.server.late_handler"};
constexpr Site kCheckpointJob{"broker.checkpoint_job"};
constexpr Site kStarted{"broker.started"};
constexpr Site kStopped{"broker.stopped"};
constexpr std::string_view kComponent = "Broker";
constexpr std::string_view kCleanShutdown = ".kafka_cleanshutdown";

// What meta.properties says, or a new id that it says from now on.
Result<std::string, std::string> await_cluster_id(Env& env, BrokerId broker_id) {
  constexpr std::string_view kFile = "meta.properties";
  const auto content = await_read_file(env.disk, kFile, 64 << 10);
  if (content) {
    const MetaProperties meta = TRY(parse_meta_properties(as_text(*content)));
    if (meta.broker_id && *meta.broker_id != broker_id) {
      return Failure{fmt::format("log.dirs belongs to broker {}, as its meta.properties says, and the "
                                 "configuration says broker.id={}; correct it, or choose another "
                                 "directory for a new broker",
                                 meta.broker_id->value(), broker_id.value())};
    }
    if (meta.cluster_id) return *meta.cluster_id;
  } else if (content.error().kind != IoErrorKind::not_found) {
    return Failure{fmt::format("reading {}: {}", kFile, to_text(content.error().kind))};
  }
  Uuid id;
  for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(env.random.choose(kClusterId, 256));
  const auto written = await_replace_file(
      env, kFile, as_bytes(format_meta_properties(broker_id, to_string(id))));
  if (!written) return Failure{fmt::format("writing {}: {}", kFile, to_text(written.error().kind))};
  return to_string(id);
}

// One handler's fiber.
void await_handle_requests(ShardContext& shard) {
  const Clock& clock = shard.env.clock;
  for (;;) {
    shard.idle_time.start(clock.now());
    auto request = shard.requests.await_pop();
    shard.idle_time.stop(clock.now());
    if (!request) return;
    const uint64_t connection = request->connection;
    if (maybe(shard.env.buggify, kLateHandler)) shard.env.scheduler.await_yield();
    if (auto reply = await_handle_counted(shard, *request)) {
      shard.processor.reply(connection, std::move(*reply));
    }
  }
}

// The fibers of one shard that work for as long as it serves.
void start_workers(ShardContext& shard, Gate& workers) {
  Scheduler& scheduler = shard.env.scheduler;
  spawn_in(workers, scheduler, kProcessor, [&shard] { shard.processor.await_run(); });
  spawn_in(workers, scheduler, kTimer, [&shard] { shard.timer.await_run(); });
  spawn_in(workers, scheduler, kDelayed, [&shard] { shard.delayed_fetches.await_run(); });
  shard.handlers = std::max(1U, shard.config.io_threads / shard.env.shards.count());
  for (uint32_t i = 0; i < shard.handlers; ++i) {
    spawn_in(workers, scheduler, kHandler, [&shard] { await_handle_requests(shard); });
  }
}

// Answers what has been asked, then syncs.
void await_drain(ShardContext& shard) {
  shard.processor.stop_reading();
  const TimePoint deadline = shard.env.clock.now() + seconds(10);
  while (shard.processor.muted_count() > 0 && shard.env.clock.now() < deadline) {
    shard.delayed_fetches.expire_all();
    await_sleep(shard.env.scheduler, shard.env.clock.now() + milliseconds(1));
  }
  shard.logs.await_close();
  shard.replicas.await_close();
}

// Of one listener.
class Acceptor {
 public:
  Acceptor(ShardContext& shard, std::unique_ptr<Listener> listener, uint32_t index)
      : shard_(shard), listener_(std::move(listener)), index_(index) {}

  void await_run() {
    const uint32_t processors =
        std::min(shard_.config.network_threads, shard_.env.shards.count());
    for (;;) {
      auto socket = listener_->await_accept();
      if (!socket) {
        if (socket.error() == NetError::closed) return;
        continue;
      }
      const std::string host = (*socket)->peer().host;
      ConnectionQuotas& quotas = shard_.cluster->connections;
      const std::string_view limit = quotas.try_open(host, index_, shard_.config);
      if (!limit.empty()) {
        log_line(shard_.env.log, LogLevel::warn, kComponent, [&] {
          return fmt::format("refused a connection from {}: {} is reached", host, limit);
        });
        continue;
      }
      const uint32_t to = shard_.cluster->next_processor;
      shard_.cluster->next_processor = (to + 1) % processors;
      await_hand_over(to, std::move(*socket), host);
    }
  }
  void close() { listener_->close(); }
  [[nodiscard]] Endpoint local() const { return listener_->local(); }

 private:
  // To the processor of shard `to`, which tells this shard when the connection has ended.
  void await_hand_over(uint32_t to, std::unique_ptr<DetachedConnection> socket, std::string host) {
    ConnectionQuotas* const quotas = &shard_.cluster->connections;
    if (to == shard_.env.shards.self()) {
      shard_.processor.add(std::move(socket), index_, [quotas, host, index = index_] {
        quotas->closed(host, index);
      });
      return;
    }
    shard_.env.shards.await_send(
        to, [socket = std::move(socket), quotas, host = std::move(host), index = index_,
             self = shard_.env.shards.self()](ShardRoot& root, Shards& there) mutable {
          auto on_closed = [quotas, host, index, self, &there] {
            there.answer(self, [quotas, host, index] { quotas->closed(host, index); });
          };
          static_cast<ShardContext&>(root).processor.add(std::move(socket), index,
                                                         std::move(on_closed));
        });
  }

  ShardContext& shard_;
  const std::unique_ptr<Listener> listener_;
  const uint32_t index_;
};

using Acceptors = std::vector<std::unique_ptr<Acceptor>>;

std::string describe(std::string_view doing, const IoError& error) {
  return fmt::format("{}: {} ({})", doing, to_text(error.kind), error.what);
}

Result<Acceptors, std::string> await_listen(ShardContext& shard0) {
  Acceptors acceptors;
  std::vector<Endpoint> advertised;
  for (const ListenerConfig& served : shard0.config.listeners) {
    auto listener = shard0.env.network.listen(
        served.at, {.backlog = shard0.config.listen_backlog,
                    .send_buffer_bytes = shard0.config.send_buffer_bytes,
                    .receive_buffer_bytes = shard0.config.receive_buffer_bytes});
    if (!listener) {
      return Failure{fmt::format("listening on {}: {}", to_text(served.at),
                                 to_text(listener.error()))};
    }
    advertised.push_back(advertised_endpoint(shard0.config, served, (*listener)->local().port));
    acceptors.push_back(std::make_unique<Acceptor>(shard0, std::move(*listener),
                                                   static_cast<uint32_t>(acceptors.size())));
  }
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    shard0.await_on(i, [&](ShardContext& there) {
      there.advertised = advertised;
      return Done{};
    });
  }
  return acceptors;
}

// Everything before the first connection. The lock is held by `lock_file` while the broker lives.
Result<Acceptors, std::string> await_start(ShardContext& shard0,
                                           std::unique_ptr<File>& lock_file) {
  Env& env = shard0.env;
  auto lock = env.disk.await_open(".lock", OpenMode::create);
  if (!lock) return Failure{describe("opening the lock file of log.dirs", lock.error())};
  if (!(*lock)->try_lock()) {
    return Failure{std::string("log.dirs is in use by another process; stop it or choose another")};
  }
  lock_file = std::move(*lock);
  // From here on the directory changes. Weir itself never asks for this file, since each log shows on
  // its own that it was closed in order; Kafka does, should it be given the directory again.
  if (const auto removed = env.disk.await_remove(kCleanShutdown);
      !removed && removed.error().kind != IoErrorKind::not_found) {
    return Failure{describe("removing the mark of a clean shutdown", removed.error())};
  }
  // What an earlier process renamed but did not live to sync must not be believed and then lost.
  if (const auto synced = env.disk.await_sync_directory(""); !synced) {
    return Failure{describe("syncing log.dirs", synced.error())};
  }
  const std::string cluster_id = TRY(await_cluster_id(env, shard0.config.broker_id));
  for (uint32_t i = 0; i < env.shards.count(); ++i) {
    shard0.await_on(i, [&](ShardContext& there) {
      there.cluster_id = cluster_id;
      return Done{};
    });
  }
  if (const auto loaded = shard0.cluster->configs.await_load(); !loaded) {
    return Failure{describe("loading the settings that were changed", loaded.error())};
  }
  await_publish_configs(shard0, shard0.cluster->configs.current());
  if (const auto loaded = shard0.cluster->topics.await_load(); !loaded) {
    return Failure{describe("loading the topics", loaded.error())};
  }
  if (const auto loaded = shard0.cluster->producer_ids.await_load(); !loaded) {
    return Failure{describe("loading the producer ids", loaded.error())};
  }
  const TimePoint recovery_began = env.clock.now();
  if (const auto opened = await_open_topics(shard0); !opened) {
    const bool full = opened.error().kind == IoErrorKind::no_space;
    return Failure{describe("recovering the logs", opened.error()) +
                   (full ? "; recovery copies segments that it cannot be sure of: free that much space"
                         : "")};
  }
  shard0.cluster->health.recovery = env.clock.now() - recovery_began;
  return await_listen(shard0);
}

bool await_checkpoint(ShardContext& shard0) {
  const auto written = await_write_checkpoints(shard0);
  if (written) return true;
  log_line(shard0.env.log, LogLevel::warn, kComponent, [&] {
    return describe("writing the checkpoints", written.error()) + "; a crash would read more again";
  });
  return false;
}

// `lock_file` keeps other processes out of log.dirs for as long as it lives.
Result<Done, std::string> await_lead(ShardContext& shard0, Event& stop, ConfigReload* reload,
                                     std::unique_ptr<File>& lock_file) {
  Env& env = shard0.env;
  auto acceptors = await_start(shard0, lock_file);
  if (!acceptors) return Failure{acceptors.error()};
  for (uint32_t i = 0; i < env.shards.count(); ++i) {
    shard0.await_on(i, [](ShardContext& there) {
      there.logs.start_jobs();
      return Done{};
    });
  }
  PeriodicJobs checkpoints(env.clock, env.scheduler);
  const BrokerConfig& config = shard0.config;
  checkpoints.start(kCheckpointJob, config.flush_checkpoint_interval,
                    std::min(config.flush_checkpoint_interval, config.start_checkpoint_interval),
                    [&shard0] { await_checkpoint(shard0); });
  Gate accepting(env.scheduler);
  for (const auto& acceptor : *acceptors) {
    spawn_in(accepting, env.scheduler, kAcceptor, [at = acceptor.get()] { at->await_run(); });
  }
  shard0.cluster->health.phase = Phase::serving;
  env.trace.event(kStarted, shard0.cluster->topics.topics().size());
  log_line(env.log, LogLevel::info, kComponent, [&] {
    std::string on;
    for (const auto& acceptor : *acceptors) {
      on += (on.empty() ? "" : ", ") + to_text(acceptor->local());
    }
    return fmt::format("started: broker {} of cluster {} on {}, {} topics, {} shards",
                       shard0.config.broker_id.value(), shard0.cluster_id, on,
                       shard0.metadata.topics().size(), env.shards.count());
  });
  Gate reloading(env.scheduler);
  std::optional<ConfigReloader> reloader;
  if (reload != nullptr) {
    reloader.emplace(shard0, *reload);
    spawn_in(reloading, env.scheduler, kReload, [&reloader] { reloader->await_run(); });
  }
  stop.await();
  shard0.cluster->health.phase = Phase::draining;
  if (reloader) reloader->close();
  reloading.await_close();
  for (const auto& acceptor : *acceptors) acceptor->close();
  accepting.await_close();
  checkpoints.await_close();
  return Done{};
}

// Of weir.metrics.listener; null when there is none. It answers before the logs are recovered and until
// they are closed.
using MetricsServer = std::unique_ptr<HttpServer>;
Result<MetricsServer, std::string> start_metrics(ShardContext& shard0, Gate& workers) {
  const std::optional<Endpoint>& at = shard0.config.metrics_listener;
  if (!at) return MetricsServer{};
  auto listener = shard0.env.network.listen(*at, {.backlog = shard0.config.listen_backlog});
  if (!listener) {
    return Failure{fmt::format("listening on {} (weir.metrics.listener): {}", to_text(*at),
                               to_text(listener.error()))};
  }
  auto server = std::make_unique<HttpServer>(
      shard0.env, std::move(*listener),
      [&shard0](const HttpRequest& request) { return await_answer_scrape(shard0, request); });
  spawn_in(workers, shard0.env.scheduler, kMetrics, [at = server.get()] { at->await_run(); });
  log_line(shard0.env.log, LogLevel::info, kComponent,
           [&] { return fmt::format("metrics and health on {}", to_text(server->local())); });
  return server;
}

// Every log is closed: what is remembered of them is written, then that the stop was a clean one.
void await_finish(ShardContext& shard0) {
  if (!await_checkpoint(shard0)) return;
  constexpr std::string_view kContent = R"({"version":0,"brokerEpoch":-1})";
  (void)await_replace_file(shard0.env, kCleanShutdown, as_bytes(kContent));
}

// Until every shard is here. A message only rings; whoever waits does so in its own fiber, because a
// message that waits keeps its place in a bounded channel, and what it waits for may need that place.
// (Found by disk-faults with channels of one place: an orderly stop took its full ten seconds.)
void await_barrier(ShardContext& shard, Barrier ShardContext::*barrier) {
  const uint32_t count = shard.env.shards.count();
  shard.await_on(0, [barrier, count](ShardContext& shard0) {
    if (++(shard0.*barrier).arrived == count) (shard0.*barrier).passed.set();
    return Done{};
  });
  (shard.*barrier).passed.await();
  if (shard.env.shards.self() != 0) return;
  for (uint32_t i = 1; i < count; ++i) {
    shard.await_on(i, [barrier](ShardContext& there) {
      (there.*barrier).passed.set();
      return Done{};
    });
  }
}

}  // namespace

Result<Done, std::string> await_run_broker(Env& env, Event& stop, const BrokerConfig& config,
                                           ConfigReload* reload) {
  ShardContext shard(env, config);
  Gate workers(env.scheduler);
  env.shards.bind(shard);
  start_workers(shard, workers);
  Result<Done, std::string> result = Done{};
  std::unique_ptr<File> lock_file;
  MetricsServer metrics;
  if (env.shards.self() == 0) {
    auto started = start_metrics(shard, workers);
    if (started) {
      metrics = std::move(*started);
      result = await_lead(shard, stop, reload, lock_file);
    } else {
      result = Failure{started.error()};
    }
    for (uint32_t i = 0; i < env.shards.count(); ++i) {
      shard.await_on(i, [](ShardContext& there) {
        there.stopping.set();
        return Done{};
      });
    }
  }
  shard.stopping.await();
  await_drain(shard);
  await_barrier(shard, &ShardContext::drained);
  if (env.shards.self() == 0 && result) await_finish(shard);
  if (metrics) metrics->await_close();  // it asks other shards, which wait for this one until then
  shard.requests.close();
  shard.timer.close();
  shard.delayed_fetches.close();
  shard.processor.close();
  workers.await_close();
  await_barrier(shard, &ShardContext::quiet);
  if (env.shards.self() == 0 && result) {
    env.trace.event(kStopped);
    log_line(env.log, LogLevel::info, kComponent, [] { return std::string("stopped in order"); });
  }
  env.shards.await_unbind();
  return result;
}

}  // namespace weir
