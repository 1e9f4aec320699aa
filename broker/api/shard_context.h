// ShardContext: what the request handlers of one shard work with; the shard's root object.
//
// One per shard, built by await_run_broker, never shared. Shard 0 also has the cluster part: the
// topic store and the producer ids. Another shard's context is reached only by a message
// (`await_on`), which runs there.
#pragma once

#include <memory>
#include <string>

#include "broker/api/health.h"
#include "broker/config.h"
#include "broker/metadata/dynamic_configs.h"
#include "broker/metadata/metadata_cache.h"
#include "broker/metadata/producer_ids.h"
#include "broker/metadata/topic_store.h"
#include "broker/metrics/shard_metrics.h"
#include "broker/replica/delayed_fetches.h"
#include "broker/replica/fetch_sessions.h"
#include "broker/replica/replica_manager.h"
#include "broker/server/connection_quotas.h"
#include "broker/server/processor.h"
#include "sim/fiber/shard_call.h"

namespace weir {

// What belongs to the whole process and lives on shard 0.
struct ClusterState {
  ClusterState(Env& env, BrokerId self)
      : topics(env),
        configs(env, self),
        producer_ids(env),
        creating(env.scheduler),
        checkpointing(env.scheduler) {}
  TopicStore topics;
  DynamicConfigStore configs;
  ProducerIds producer_ids;
  Mutex creating;  // one change of the topics or of the configuration at a time
  Mutex checkpointing;
  std::string written_recovery_points;  // what the files hold: written again only when it changes
  std::string written_log_starts;
  ConnectionQuotas connections;  // on all shards
  uint32_t next_processor = 0;   // the shard that gets the next connection
  Health health;
};

// Where shards wait for each other; shard 0 counts. Each shard passes once.
struct Barrier {
  explicit Barrier(Scheduler& scheduler) : passed(scheduler) {}
  Event passed;
  uint32_t arrived = 0;  // on shard 0
};

inline LogJobs log_jobs(const BrokerConfig& config) {
  return {.flush_check = config.flush_scheduler_interval,
          .retention_check = config.retention_check_interval,
          .producer_expiration = config.producer_id_expiration};
}

class ShardContext final : public ShardRoot {
 public:
  ShardContext(Env& env_in, const BrokerConfig& config_in)
      : env(env_in),
        static_config(config_in),
        config(config_in),
        requests(env.scheduler, config.queued_max_requests),
        processor(env, requests,
                  {.request_max_bytes = config.request_max_bytes,
                   .queued_max_request_bytes = config.queued_max_request_bytes,
                   .max_idle = config.connections_max_idle}),
        logs(env, log_jobs(config_in)),
        replicas(env, logs),
        timer(env.clock, env.scheduler, env.buggify, {.max_entries = config.max_connections}),
        delayed_fetches(env, timer, requests, config.max_connections),
        fetch_sessions((config.fetch_session_cache_slots + env.shards.count() - 1) /
                       env.shards.count()),
        stopping(env.scheduler),
        drained(env.scheduler),
        quiet(env.scheduler) {
    if (env.shards.self() == 0) {
      cluster = std::make_unique<ClusterState>(env, config.broker_id);
    }
  }

  // Runs `question` with the context of shard `to`, here or there, and waits for its answer.
  template <class Question>
  auto await_on(uint32_t to, Question question) {
    return await_call<ShardContext>(env.shards, env.scheduler, to, *this, std::move(question));
  }
  // The topics that this shard knows of.
  void put_topic(const std::string& name, const TopicInfo& info) {
    metadata.put(name, info);
    metrics.topics.add(name);
  }
  void remove_topic(const std::string& name) {
    metadata.remove(name);
    metrics.topics.remove(name);
  }
  [[nodiscard]] uint32_t owner_of(std::string_view topic, PartitionIndex partition) const {
    return shard_of(topic, partition, env.shards.count());
  }

  Env& env;
  BrokerConfig static_config;  // of server.properties, as it was read last; the same on all shards
  BrokerConfig config;                // in effect: with what was changed while it ran
  DynamicConfigs dynamic;             // those changes
  const TimePoint began = env.clock.now();
  ShardMetrics metrics;
  uint32_t handlers = 0;  // fibers that take requests
  IdleTime idle_time;     // of these
  std::string cluster_id;
  // Where clients are told to go, by the listener that they came in through; known once shard 0 listens.
  std::vector<Endpoint> advertised;
  MetadataCache metadata;
  RequestChannel requests;
  Processor processor;
  LogManager logs;
  ReplicaManager replicas;
  Timer timer;  // of everything that waits without a fiber
  DelayedFetches delayed_fetches;
  FetchSessions fetch_sessions;
  Event stopping;     // answer what was asked, and no more
  Barrier drained;    // every shard has
  Barrier quiet;      // the workers of every shard have ended: none will ask another any more
  std::unique_ptr<ClusterState> cluster;  // on shard 0
};

}  // namespace weir
