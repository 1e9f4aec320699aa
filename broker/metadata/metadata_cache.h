// MetadataCache: one shard's copy of which topics exist and where their partitions live.
//
// Every shard has its own, changed only by messages from shard 0, which owns the topic store. With
// one broker every partition's leader is this broker; which shard serves it is a pure function of
// its name, so no table of placements exists.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "broker/config/settings.h"
#include "model/types/ids.h"
#include "model/types/uuid.h"
#include "sim/base/hash.h"

namespace weir {

struct TopicInfo {
  Uuid id;
  int32_t partition_count = 0;
  Settings configs;  // what the topic sets for itself, under topic keys
};

class MetadataCache {
 public:
  using Topics = std::map<std::string, TopicInfo, std::less<>>;

  void put(std::string name, TopicInfo info) {
    by_id_[info.id] = name;
    topics_[std::move(name)] = std::move(info);
  }
  void remove(std::string_view name) {
    const auto it = topics_.find(name);
    if (it == topics_.end()) return;
    by_id_.erase(it->second.id);
    topics_.erase(it);
    std::erase_if(leader_epochs_, [&](const auto& entry) { return entry.first.topic == name; });
  }
  [[nodiscard]] const Topics& topics() const { return topics_; }
  [[nodiscard]] const TopicInfo* find(std::string_view name) const {
    const auto it = topics_.find(name);
    return it == topics_.end() ? nullptr : &it->second;
  }
  // Null when no topic has the id.
  [[nodiscard]] const std::string* name_of(const Uuid& id) const {
    const auto it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : &it->second;
  }
  // The epochs that are not 0: logs that another broker led before have later ones.
  using LeaderEpochs = std::map<TopicPartition, LeaderEpoch>;
  void set_leader_epochs(LeaderEpochs epochs) { leader_epochs_ = std::move(epochs); }
  [[nodiscard]] LeaderEpoch leader_epoch(const TopicPartition& tp) const {
    const auto it = leader_epochs_.find(tp);
    return it == leader_epochs_.end() ? LeaderEpoch{0} : it->second;
  }
  [[nodiscard]] bool has(std::string_view topic, PartitionIndex partition) const {
    const TopicInfo* info = find(topic);
    return info != nullptr && partition.value() >= 0 && partition.value() < info->partition_count;
  }

 private:
  Topics topics_;
  std::map<Uuid, std::string> by_id_;
  LeaderEpochs leader_epochs_;
};

// The shard that serves a partition.
inline uint32_t shard_of(std::string_view topic, PartitionIndex partition, uint32_t shard_count) {
  const uint64_t hash = fold64(fnv1a(topic), static_cast<uint64_t>(partition.value()));
  return static_cast<uint32_t>(hash % shard_count);
}

}  // namespace weir
