#include "model/protocol/list_offsets.h"

#include "broker/api/handlers.h"
#include "broker/api/leader_epoch_check.h"
#include "broker/api/respond.h"

namespace weir {
namespace {

struct Answer {
  PartitionLog::TimeIndexAnswer found;
  std::vector<Offset> old_style_offsets;  // for version 0
};

// Times below zero are words, and each version knows some: max timestamp from 7 on (KIP-734),
// earliest local from 8 on (KIP-405), latest tiered from 9 on (KIP-1005).
bool is_known_time(WallTime timestamp, int16_t version) {
  if (timestamp >= list_offsets::kEarliest) return true;
  if (timestamp == list_offsets::kMaxTimestamp) return version >= 7;
  if (timestamp == list_offsets::kEarliestLocal) return version >= 8;
  return timestamp == list_offsets::kLatestTiered && version >= 9;
}

// What version 0 is given: where to begin to miss nothing from that time on, and the log's start.
// Kafka's own answer is as coarse as its segments; this one is exact.
std::vector<Offset> await_old_style(ReplicaManager& replicas, const TopicPartition& tp,
                                    Offset found, int32_t max_num_offsets) {
  std::vector<Offset> offsets;
  if (max_num_offsets <= 0) return offsets;
  // Every record is older than the time: only the end is not before it.
  const Offset latest = found != kNoOffset
                            ? found
                            : replicas.await_find_timestamp(tp, list_offsets::kLatest).offset;
  offsets.push_back(latest);
  const Offset earliest = replicas.await_find_timestamp(tp, list_offsets::kEarliest).offset;
  if (max_num_offsets > 1 && earliest < latest) offsets.push_back(earliest);
  return offsets;
}

}  // namespace

std::optional<Reply> await_handle_list_offsets(ShardContext& shard, Request& /*request*/,
                                               const RequestFrame& frame) {
  const auto body = decode_body<ListOffsetsRequest>(frame);
  if (!body) return Reply::close("ListOffsets: " + body.error().message);
  ListOffsetsResponse response;
  for (const ListOffsetsRequest::Topic& topic : body->topics) {
    ListOffsetsResponse::Topic& answer_topic = response.topics.emplace_back();
    answer_topic.name = topic.name;
    for (const ListOffsetsRequest::Partition& partition : topic.partitions) {
      ListOffsetsResponse::Partition& answer = answer_topic.partitions.emplace_back();
      answer.index = partition.index;
      if (!shard.metadata.has(topic.name, partition.index)) {
        answer.error = ErrorCode::unknown_topic_or_partition;
        continue;
      }
      const TopicPartition tp{topic.name, partition.index};
      answer.error = is_known_time(partition.timestamp_ms, frame.header.version)
                         ? check_leader_epoch(partition.current_leader_epoch,
                                              shard.metadata.leader_epoch(tp))
                         : ErrorCode::unsupported_version;
      if (answer.error != ErrorCode::none) continue;
      Answer there =
          shard.await_on(shard.owner_of(topic.name, partition.index), [&](ShardContext& owner) {
            ReplicaManager& replicas = owner.replicas;
            Answer answered{replicas.await_find_timestamp(tp, partition.timestamp_ms), {}};
            if (frame.header.version == 0 && answered.found.error == ErrorCode::none) {
              answered.old_style_offsets = await_old_style(
                  replicas, tp, answered.found.offset, partition.max_num_offsets);
            }
            return answered;
          });
      answer.error = there.found.error;
      answer.offset = there.found.offset;
      answer.timestamp_ms = there.found.timestamp;
      answer.old_style_offsets = std::move(there.old_style_offsets);
      if (answer.offset != kNoOffset) answer.leader_epoch = shard.metadata.leader_epoch(tp);
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
