#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/describe_producers.h"
#include "model/types/topic_name.h"

namespace weir {

std::optional<Reply> await_handle_describe_producers(ShardContext& shard, Request& /*request*/,
                                                     const RequestFrame& frame) {
  const auto body = decode_body<DescribeProducersRequest>(frame);
  if (!body) return Reply::close("DescribeProducers: " + body.error().message);
  DescribeProducersResponse response;
  for (const DescribeProducersRequest::Topic& topic : body->topics) {
    DescribeProducersResponse::Topic& answer_topic = response.topics.emplace_back();
    answer_topic.name = topic.name;
    for (const PartitionIndex partition : topic.partitions) {
      DescribeProducersResponse::Partition& answer = answer_topic.partitions.emplace_back();
      answer.index = partition;
      if (!shard.metadata.has(topic.name, partition)) {
        answer.error = is_valid_topic_name(topic.name) ? ErrorCode::unknown_topic_or_partition
                                                       : ErrorCode::invalid_topic_exception;
        answer.error_message = "there is no such partition";
        continue;
      }
      const TopicPartition tp{topic.name, partition};
      const auto active = shard.await_on(
          shard.owner_of(topic.name, partition), [&](ShardContext& owner) {
            const LogManager::LogPtr log = owner.logs.find(tp);
            return log ? log->producers().active() : std::vector<ProducerState::Active>{};
          });
      for (const ProducerState::Active& producer : active) {
        answer.active_producers.push_back({.producer_id = producer.id,
                                           .producer_epoch = producer.epoch.value(),
                                           .last_sequence = producer.last_sequence,
                                           .last_timestamp_ms = producer.last_timestamp,
                                           .coordinator_epoch = -1});
      }
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
