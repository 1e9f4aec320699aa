// Which topics the partition directories in log.dirs belong to: for a directory that another broker,
// Apache Kafka, has written, where nothing but the directories says which topics there are.
//
//   directory            topic "-" partition           ; orders-0
//   partition.metadata   "version: 0" LF "topic_id: " id LF
//                        ; since Kafka 2.8. Without it a topic gets an id when it is taken over.
//
// Directories of logs that were being deleted, moved or set aside (orders-0.<id>-delete, -future, -stray)
// do not end in a number and are none. Kafka's internal topics are left alone: their records are in
// Kafka's own formats for groups, transactions and the cluster, which a broker reads only as a whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/metadata/metadata_cache.h"
#include "sim/base/result.h"
#include "sim/env/env.h"

namespace weir {

// "a-b-7" is partition 7 of "a-b"; nothing for what cannot be a partition's directory.
std::optional<TopicPartition> parse_partition_directory(std::string_view directory);

std::string format_partition_metadata(const Uuid& topic_id);
// Nothing for a text that is none.
std::optional<Uuid> parse_partition_metadata(std::string_view text);

struct FoundTopics {
  MetadataCache::Topics topics;             // an id of zeros: no directory has one
  std::vector<std::string> internal;        // directories that are left alone
};
// Refuses a directory with only some partitions of a topic (it was one of several brokers', and the
// others would seem empty), and partitions of one topic with different ids.
Result<FoundTopics, IoError> await_find_topics(Disk& disk);

}  // namespace weir
