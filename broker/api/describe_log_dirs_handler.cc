#include <algorithm>

#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/describe_log_dirs.h"

namespace weir {
namespace {

struct Asked {
  std::string topic;
  PartitionIndex partition;
};

std::vector<Asked> partitions_asked(const ShardContext& shard,
                                    const DescribeLogDirsRequest& request) {
  std::vector<Asked> asked;
  if (!request.topics) {
    for (const auto& [name, info] : shard.metadata.topics()) {
      for (int32_t i = 0; i < info.partition_count; ++i) asked.push_back({name, PartitionIndex{i}});
    }
    return asked;
  }
  for (const DescribeLogDirsRequest::Topic& topic : *request.topics) {
    for (const PartitionIndex partition : topic.partitions) {
      if (shard.metadata.has(topic.name, partition)) asked.push_back({topic.name, partition});
    }
  }
  return asked;
}

}  // namespace

std::optional<Reply> await_handle_describe_log_dirs(ShardContext& shard, Request& /*request*/,
                                                    const RequestFrame& frame) {
  const auto body = decode_body<DescribeLogDirsRequest>(frame);
  if (!body) return Reply::close("DescribeLogDirs: " + body.error().message);
  DescribeLogDirsResponse response;
  DescribeLogDirsResponse::Directory& directory = response.directories.emplace_back();
  directory.log_dir = shard.config.log_directory;
  for (const Asked& asked : partitions_asked(shard, *body)) {
    const TopicPartition tp{asked.topic, asked.partition};
    const uint64_t bytes =
        shard.await_on(shard.owner_of(tp.topic, tp.partition), [&](ShardContext& owner) {
          const LogManager::LogPtr log = owner.logs.find(tp);
          return log ? log->size_bytes() : uint64_t{0};
        });
    if (directory.topics.empty() || directory.topics.back().name != asked.topic) {
      directory.topics.emplace_back().name = asked.topic;
    }
    directory.topics.back().partitions.push_back(
        {.index = asked.partition, .partition_size = static_cast<int64_t>(bytes)});
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
