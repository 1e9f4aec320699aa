// ApiKey and the table of APIs that this code can read and write.
//
// One row an API: which versions its fields() describe, from which version on it is "flexible"
// (KIP-482: compact lengths, tagged fields, newer headers), and from which version on the bodies
// make sense to this broker. Produce below 3 and Fetch below 4 carry old message sets.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/check.h"

namespace weir {

enum class ApiKey : int16_t {
  produce = 0,
  fetch = 1,
  list_offsets = 2,
  metadata = 3,
  find_coordinator = 10,
  api_versions = 18,
  create_topics = 19,
  delete_topics = 20,
  delete_records = 21,
  init_producer_id = 22,
  offset_for_leader_epoch = 23,
  describe_configs = 32,
  alter_configs = 33,
  describe_log_dirs = 35,
  create_partitions = 37,
  incremental_alter_configs = 44,
  describe_cluster = 60,
  describe_producers = 61,
};

struct ApiInfo {
  ApiKey key;
  std::string_view name;
  int16_t min;
  int16_t max;
  int16_t flexible;         // first flexible version
  int16_t implemented_min;  // below it a body can be decoded, but is to be refused

  [[nodiscard]] constexpr bool has(int16_t version) const {
    return min <= version && version <= max;
  }
  [[nodiscard]] constexpr bool is_flexible(int16_t version) const { return version >= flexible; }
};

// Sorted by key.
inline constexpr ApiInfo kApis[] = {
    {ApiKey::produce, "Produce", 0, 11, 9, 0},
    {ApiKey::fetch, "Fetch", 0, 17, 12, 0},
    {ApiKey::list_offsets, "ListOffsets", 0, 9, 6, 0},
    {ApiKey::metadata, "Metadata", 0, 12, 9, 0},
    {ApiKey::find_coordinator, "FindCoordinator", 0, 6, 3, 0},
    {ApiKey::api_versions, "ApiVersions", 0, 4, 3, 0},
    {ApiKey::create_topics, "CreateTopics", 0, 7, 5, 0},
    {ApiKey::delete_topics, "DeleteTopics", 0, 6, 4, 0},
    {ApiKey::delete_records, "DeleteRecords", 0, 2, 2, 0},
    {ApiKey::init_producer_id, "InitProducerId", 0, 5, 2, 0},
    {ApiKey::offset_for_leader_epoch, "OffsetForLeaderEpoch", 0, 4, 4, 0},
    {ApiKey::describe_configs, "DescribeConfigs", 0, 4, 4, 0},
    {ApiKey::alter_configs, "AlterConfigs", 0, 2, 2, 0},
    {ApiKey::describe_log_dirs, "DescribeLogDirs", 0, 4, 2, 0},
    {ApiKey::create_partitions, "CreatePartitions", 0, 3, 2, 0},
    {ApiKey::incremental_alter_configs, "IncrementalAlterConfigs", 0, 1, 1, 0},
    {ApiKey::describe_cluster, "DescribeCluster", 0, 1, 0, 0},
    {ApiKey::describe_producers, "DescribeProducers", 0, 0, 0, 0},
};

// What this broker offers to clients; the others wait for their owners.
inline constexpr ApiKey kAnnouncedApis[] = {
    ApiKey::produce,
    ApiKey::fetch,
    ApiKey::list_offsets,
    ApiKey::metadata,
    ApiKey::find_coordinator,
    ApiKey::api_versions,
    ApiKey::create_topics,
    ApiKey::init_producer_id,
    ApiKey::describe_configs,
    ApiKey::alter_configs,
    ApiKey::incremental_alter_configs,
    ApiKey::describe_cluster,
    ApiKey::delete_topics,
    ApiKey::create_partitions,
    ApiKey::delete_records,
    ApiKey::describe_log_dirs,
    ApiKey::describe_producers,
    ApiKey::offset_for_leader_epoch,
};

// The row of a key that came from outside; null for one that is not in the table.
constexpr const ApiInfo* find_api(ApiKey key) {
  for (const ApiInfo& api : kApis) {
    if (api.key == key) return &api;
  }
  return nullptr;
}

// The row of a key that is known to be in the table.
constexpr const ApiInfo& api_info(ApiKey key) {
  // Not by way of find_api: under -fsanitize=undefined gcc 12 takes no null check in a constant.
  for (const ApiInfo& api : kApis) {
    if (api.key == key) return api;
  }
  CHECK_MSG(false, "no such API");
  return kApis[0];
}

constexpr bool is_announced(ApiKey key) {
  for (const ApiKey announced : kAnnouncedApis) {
    if (announced == key) return true;
  }
  return false;
}

}  // namespace weir
