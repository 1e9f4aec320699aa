#include "broker/api/handlers.h"
#include "broker/api/leader_epoch_check.h"
#include "broker/api/respond.h"
#include "model/protocol/offset_for_leader_epoch.h"

namespace weir {
namespace {

using Response = OffsetForLeaderEpochResponse;

Response::Partition answer_of(const PartitionLog& log,
                              const OffsetForLeaderEpochRequest::Partition& asked) {
  Response::Partition answer;
  answer.index = asked.index;
  const LeaderEpoch current = log.epochs().latest().value_or(LeaderEpoch{0});
  answer.error = check_leader_epoch(asked.current_leader_epoch, current);
  if (answer.error != ErrorCode::none) return answer;
  // An empty log has no entry yet, and its leader's epoch ends where it begins.
  if (log.epochs().entries().empty() && asked.leader_epoch == current) {
    answer.leader_epoch = current;
    answer.end_offset = log.visible_end();
    return answer;
  }
  const LeaderEpochs::End end = log.epochs().end_of(asked.leader_epoch, log.visible_end());
  answer.leader_epoch = end.epoch;
  answer.end_offset = end.end;
  return answer;
}

}  // namespace

std::optional<Reply> await_handle_offset_for_leader_epoch(ShardContext& shard,
                                                          Request& /*request*/,
                                                          const RequestFrame& frame) {
  const auto body = decode_body<OffsetForLeaderEpochRequest>(frame);
  if (!body) return Reply::close("OffsetForLeaderEpoch: " + body.error().message);
  Response response;
  for (const OffsetForLeaderEpochRequest::Topic& topic : body->topics) {
    Response::Topic& answer_topic = response.topics.emplace_back();
    answer_topic.name = topic.name;
    for (const OffsetForLeaderEpochRequest::Partition& partition : topic.partitions) {
      const TopicPartition tp{topic.name, partition.index};
      Response::Partition unknown;
      unknown.index = partition.index;
      unknown.error = ErrorCode::unknown_topic_or_partition;
      if (!shard.metadata.has(topic.name, partition.index)) {
        answer_topic.partitions.push_back(unknown);
        continue;
      }
      answer_topic.partitions.push_back(shard.await_on(
          shard.owner_of(topic.name, partition.index), [&](ShardContext& owner) {
            const LogManager::LogPtr log = owner.logs.find(tp);
            return log ? answer_of(*log, partition) : unknown;
          }));
    }
  }
  return respond(shard, frame.header, response);
}

}  // namespace weir
