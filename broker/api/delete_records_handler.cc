#include "broker/api/checkpoints.h"
#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/delete_records.h"

namespace weir {

// Each log starts later at once; the answer waits until that would last over a crash.
std::optional<Reply> await_handle_delete_records(ShardContext& shard, Request& /*request*/,
                                                 const RequestFrame& frame) {
  const auto body = decode_body<DeleteRecordsRequest>(frame);
  if (!body) return Reply::close("DeleteRecords: " + body.error().message);
  DeleteRecordsResponse response;
  bool any = false;
  for (const DeleteRecordsRequest::Topic& topic : body->topics) {
    DeleteRecordsResponse::Topic& answer_topic = response.topics.emplace_back();
    answer_topic.name = topic.name;
    for (const DeleteRecordsRequest::Partition& partition : topic.partitions) {
      DeleteRecordsResponse::Partition& answer = answer_topic.partitions.emplace_back();
      answer.index = partition.index;
      if (!shard.metadata.has(topic.name, partition.index)) {
        answer.error = ErrorCode::unknown_topic_or_partition;
        continue;
      }
      const TopicPartition tp{topic.name, partition.index};
      const DeleteRecordsOutcome outcome =
          shard.await_on(shard.owner_of(topic.name, partition.index), [&](ShardContext& owner) {
            return owner.replicas.await_delete_records(tp, partition.offset);
          });
      answer.error = outcome.error;
      answer.low_watermark = outcome.low_watermark;
      any = any || outcome.error == ErrorCode::none;
    }
  }
  if (!any) return respond(shard, frame.header, response);
  const bool lasts = shard.await_on(
      0, [](ShardContext& shard0) { return await_write_checkpoints(shard0).ok(); });
  if (!lasts) {
    for (auto& topic : response.topics) {
      for (auto& partition : topic.partitions) {
        if (partition.error != ErrorCode::none) continue;
        partition.error = ErrorCode::kafka_storage_error;
        partition.low_watermark = kNoOffset;
      }
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
