#include "broker/api/topic_changes.h"

#include <fmt/core.h>

#include "broker/api/checkpoints.h"
#include "broker/api/config_changes.h"
#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

constexpr Site kTopicId{"topics.id"};
constexpr Site kTopicCreated{"topics.created"};
constexpr Site kTopicDeleted{"topics.deleted"};
constexpr std::string_view kComponent = "TopicStore";

ErrorCode report(ShardContext& shard0, std::string_view what, const std::string& name,
                 const IoError& error) {
  log_line(shard0.env.log, LogLevel::error, kComponent, [&] {
    return fmt::format("topic {} could not be {}: {} ({})", name, what, to_text(error.kind),
                       error.what);
  });
  return ErrorCode::kafka_storage_error;
}

// The logs of partitions `from` to the last that live on `shard`.
Result<Done, IoError> await_adopt(ShardContext& shard, const std::string& name,
                                  const TopicInfo& info, int32_t from) {
  const LogSettings settings = log_settings_in_effect(shard, name, info.configs);
  std::vector<PartitionIndex> own;
  for (int32_t i = from; i < info.partition_count; ++i) {
    const PartitionIndex index{i};
    if (shard.owner_of(name, index) == shard.env.shards.self()) own.push_back(index);
  }
  return await_each(shard.env.scheduler, own.size(), kLogsAtOnce, [&](size_t i) {
    return shard.replicas.await_open({name, own[i]}, settings);
  });
}

template <class Change>
void await_on_every_shard(ShardContext& shard0, const Change& change) {
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    shard0.await_on(i, [&](ShardContext& there) {
      change(there);
      return Done{};
    });
  }
}

// First every partition is open, then the topic becomes known.
Result<Done, IoError> await_publish(ShardContext& shard0, const std::string& name,
                                    const TopicInfo& info, int32_t from) {
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    TRY(shard0.await_on(
        i, [&](ShardContext& there) { return await_adopt(there, name, info, from); }));
  }
  await_on_every_shard(shard0, [&](ShardContext& there) { there.put_topic(name, info); });
  return Done{};
}

// What the checkpoints say of partitions that are gone would be believed of new ones of the same name,
// should a crash come before their own first checkpoint.
Result<Done, IoError> await_forget_former(ShardContext& shard0) {
  return await_write_checkpoints(shard0);
}

Result<Done, IoError> await_create(ShardContext& shard0, const std::string& name,
                                   int32_t partitions, const Settings& configs) {
  TopicInfo info{.id = {}, .partition_count = partitions, .configs = configs};
  for (uint8_t& byte : info.id.bytes) {
    byte = static_cast<uint8_t>(shard0.env.random.choose(kTopicId, 256));
  }
  info.id.bytes[0] |= 1;  // all zeros means "none"
  TRY(await_forget_former(shard0));
  TRY(shard0.cluster->topics.await_create(name, info));
  shard0.env.trace.event(kTopicCreated, fnv1a(name), static_cast<uint64_t>(partitions));
  return await_publish(shard0, name, info, 0);
}

Result<Done, IoError> await_delete(ShardContext& shard0, const std::string& name) {
  const TopicInfo info = *shard0.metadata.find(name);
  TRY(shard0.cluster->topics.await_delete(name));
  shard0.env.trace.event(kTopicDeleted, fnv1a(name));
  await_on_every_shard(shard0, [&](ShardContext& there) { there.remove_topic(name); });
  const std::string id = to_string(info.id);
  for (int32_t i = 0; i < info.partition_count; ++i) {
    const TopicPartition tp{name, PartitionIndex{i}};
    const auto gone = shard0.await_on(
        shard0.owner_of(name, tp.partition),
        [&](ShardContext& owner) { return owner.replicas.await_delete(tp, id); });
    // The topic is gone all the same; what is left of its files goes when the name is used again.
    if (!gone) report(shard0, "removed from the disk", to_string(tp), gone.error());
  }
  return await_write_checkpoints(shard0);
}

struct OpenTask {
  TopicPartition tp;
  LogSettings settings;
  LogOpening opening;
};

std::vector<OpenTask> tasks_of(const ShardContext& shard, const MetadataCache::Topics& topics,
                               const Checkpoints& checkpoints) {
  std::vector<OpenTask> tasks;
  for (const auto& [name, info] : topics) {
    const LogSettings settings = log_settings_in_effect(shard, name, info.configs);
    for (int32_t i = 0; i < info.partition_count; ++i) {
      const TopicPartition tp{name, PartitionIndex{i}};
      if (shard.owner_of(name, tp.partition) != shard.env.shards.self()) continue;
      tasks.push_back({tp, settings, checkpoints.of(tp)});
    }
  }
  return tasks;
}

Result<Done, IoError> await_open_logs(ShardContext& shard, const MetadataCache::Topics& topics,
                                      const Checkpoints& checkpoints) {
  const std::vector<OpenTask> tasks = tasks_of(shard, topics, checkpoints);
  const auto await_open = [&](size_t i) -> Result<Done, IoError> {
    const OpenTask& task = tasks[i];
    const auto opened = shard.replicas.await_open(task.tp, task.settings, task.opening);
    if (opened) return Done{};
    return IoError{opened.error().kind, to_string(task.tp) + ": " + opened.error().what};
  };
  return await_each(shard.env.scheduler, tasks.size(), shard.config.recovery_threads, await_open);
}

}  // namespace

Result<Done, IoError> await_open_topics(ShardContext& shard0) {
  for (const DirectoryEntry& entry : TRY(shard0.env.disk.await_list(""))) {
    if (entry.is_directory && is_deleted_log(entry.name)) {
      TRY(await_remove_log(shard0.env.disk, entry.name));
    }
  }
  const Checkpoints checkpoints = await_read_checkpoints(shard0.env);
  const MetadataCache::Topics& topics = shard0.cluster->topics.topics();
  Result<Done, IoError> outcome = Done{};
  await_all(shard0.env.scheduler, shard0.env.shards.count(), [&](size_t i) {
    const auto opened = shard0.await_on(static_cast<uint32_t>(i), [&](ShardContext& there) {
      return await_open_logs(there, topics, checkpoints);
    });
    if (!opened) outcome = opened.error();
  });
  TRY(outcome);
  MetadataCache::LeaderEpochs epochs;
  await_on_every_shard(shard0, [&](ShardContext& there) {
    for (const auto& [tp, log] : there.logs.logs()) {
      const LeaderEpoch latest = log->epochs().latest().value_or(LeaderEpoch{0});
      if (latest != LeaderEpoch{0}) epochs[tp] = latest;
    }
  });
  await_on_every_shard(shard0, [&](ShardContext& there) {
    for (const auto& [name, info] : topics) there.put_topic(name, info);
    there.metadata.set_leader_epochs(epochs);
  });
  return Done{};
}

ErrorCode await_create_topic(ShardContext& shard, const std::string& name, int32_t partitions,
                             const Settings& configs) {
  return shard.await_on(0, [&](ShardContext& shard0) {
    const Mutex::Lock lock = shard0.cluster->creating.await_lock();
    if (shard0.metadata.find(name) != nullptr) return ErrorCode::topic_already_exists;
    const MetadataCache::Topics& stored = shard0.cluster->topics.topics();
    // An earlier attempt made it durable and could not open all of its logs: that one goes on.
    if (const auto it = stored.find(name); it != stored.end()) {
      const TopicInfo info = it->second;
      const auto published = await_publish(shard0, name, info, 0);
      if (!published) return report(shard0, "opened", name, published.error());
      const bool as_asked = info.partition_count == partitions && info.configs == configs;
      return as_asked ? ErrorCode::none : ErrorCode::topic_already_exists;
    }
    const auto created = await_create(shard0, name, partitions, configs);
    return created ? ErrorCode::none : report(shard0, "made", name, created.error());
  });
}

ErrorCode await_delete_topic(ShardContext& shard, const std::string& name) {
  return shard.await_on(0, [&](ShardContext& shard0) {
    const Mutex::Lock lock = shard0.cluster->creating.await_lock();
    if (shard0.metadata.find(name) == nullptr) return ErrorCode::unknown_topic_or_partition;
    const auto deleted = await_delete(shard0, name);
    return deleted ? ErrorCode::none : report(shard0, "deleted", name, deleted.error());
  });
}

ErrorCode await_create_partitions(ShardContext& shard, const std::string& name, int32_t count) {
  return shard.await_on(0, [&](ShardContext& shard0) {
    const Mutex::Lock lock = shard0.cluster->creating.await_lock();
    const TopicInfo* const info = shard0.metadata.find(name);
    if (info == nullptr) return ErrorCode::unknown_topic_or_partition;
    if (count <= info->partition_count) return ErrorCode::invalid_partitions;
    const int32_t from = info->partition_count;
    auto grown = await_forget_former(shard0);
    if (grown) grown = shard0.cluster->topics.await_set_partitions(name, count);
    if (!grown) return report(shard0, "given more partitions", name, grown.error());
    const TopicInfo now = shard0.cluster->topics.topics().at(name);
    const auto published = await_publish(shard0, name, now, from);
    return published ? ErrorCode::none
                     : report(shard0, "given more partitions", name, published.error());
  });
}

}  // namespace weir
