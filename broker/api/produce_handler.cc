#include "broker/api/handlers.h"
#include "broker/api/respond.h"
#include "model/protocol/produce.h"
#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

// The batch lies in the request's own frame, which nobody else refers to: offsets may be written
// into it. The codec hands it out as read-only because it cannot know that.
MutableBytes own_bytes(ConstBytes bytes) {
  return {const_cast<uint8_t*>(bytes.data()), bytes.size()};
}

ProduceOutcome await_append(ShardContext& shard, const std::string& topic,
                            const ProduceRequest::Partition& partition,
                            const AppendTerms& terms) {
  if (!shard.metadata.has(topic, partition.index)) {
    return {.error = ErrorCode::unknown_topic_or_partition};
  }
  if (!partition.records || partition.records->empty()) {
    return {.error = ErrorCode::invalid_record, .message = "no records for the partition"};
  }
  const TopicPartition tp{topic, partition.index};
  const MutableBytes records = own_bytes(*partition.records);
  return shard.await_on(shard.owner_of(topic, partition.index), [&](ShardContext& owner) {
    return owner.replicas.await_append(tp, records, terms);
  });
}

}  // namespace

std::optional<Reply> await_handle_produce(ShardContext& shard, Request& /*request*/,
                                          const RequestFrame& frame) {
  const auto body = decode_body<ProduceRequest>(frame);
  if (!body) return Reply::close("Produce: " + body.error().message);
  const bool acks_valid = body->acks == 0 || body->acks == 1 || body->acks == -1;

  // What the request allows; 0 and less bound nothing, for Kafka's own sync is not bounded by it.
  AppendTerms terms{.produce_version = frame.header.version, .await_durable = body->acks != 0};
  if (body->timeout_ms > 0) {
    terms.deadline = shard.env.clock.now() + milliseconds(body->timeout_ms);
  }
  struct Slot {
    size_t topic;
    size_t partition;
  };
  std::vector<Slot> slots;
  ProduceResponse response;
  for (size_t t = 0; t < body->topics.size(); ++t) {
    response.topics.push_back({body->topics[t].name, {}});
    response.topics[t].partitions.resize(body->topics[t].partitions.size());
    for (size_t p = 0; p < body->topics[t].partitions.size(); ++p) slots.push_back({t, p});
  }
  await_all(shard.env.scheduler, slots.size(), [&](size_t i) {
    const auto [t, p] = slots[i];
    const ProduceRequest::Partition& asked = body->topics[t].partitions[p];
    ProduceOutcome outcome =
        acks_valid ? await_append(shard, body->topics[t].name, asked, terms)
                   : ProduceOutcome{.error = ErrorCode::invalid_required_acks,
                                   .message = "acks is none of 0, 1 and -1"};
    TopicCounters& counters = shard.metrics.topics.of(body->topics[t].name);
    counters.bytes_in += outcome.appended_bytes;
    counters.messages_in += outcome.appended_messages;
    ProduceResponse::Partition& answer = response.topics[t].partitions[p];
    answer.index = asked.index;
    answer.error = outcome.error;
    answer.base_offset = outcome.base_offset;
    answer.log_start_offset = outcome.log_start;
    answer.log_append_time_ms = outcome.log_append_time;
    if (!outcome.message.empty()) answer.error_message = std::move(outcome.message);
    for (RejectedRecord& rejected : outcome.rejected) {
      answer.record_errors.push_back({rejected.batch_index, std::move(rejected.message)});
    }
  });
  if (body->acks != 0) return respond(shard, frame.header, response);
  count_errors(shard, frame.header.version, response);
  // Without acks an error can only be shown by closing.
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error != ErrorCode::none) {
        return Reply::close("Produce with acks=0 failed: " + std::string(name(partition.error)));
      }
    }
  }
  return Reply::nothing();
}

}  // namespace weir
