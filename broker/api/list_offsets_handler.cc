#include "model/protocol/list_offsets.h"

#include "broker/api/handlers.h"

namespace weir {

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
      const PartitionLog::TimeIndexAnswer found =
          shard.await_on(shard.owner_of(topic.name, partition.index), [&](ShardContext& owner) {
            return owner.replicas.await_find_timestamp(tp, partition.timestamp_ms);
          });
      answer.error = found.error;
      answer.offset = found.offset;
      answer.timestamp_ms = found.timestamp;
      if (found.offset != kNoOffset) answer.leader_epoch = LeaderEpoch{0};
    }
  }
  return Reply::send(encode_response(frame.header, response));
}

}  // namespace weir
