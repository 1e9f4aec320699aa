#include <algorithm>

#include "broker/api/handlers.h"
#include "broker/api/leader_epoch_check.h"
#include "broker/api/respond.h"
#include "model/protocol/fetch.h"

namespace weir {
namespace {

constexpr Site kBugRequeued{"bug.request-channel-deadlock"};
constexpr int16_t kFirstWithMagic1 = 2;
constexpr int16_t kFirstWithBatches = 4;
constexpr int8_t kReadCommitted = 1;
constexpr Site kSessionId{"fetch.session_id"};
constexpr Site kIncremental{"sometimes.fetch.incremental"};
constexpr Site kParked{"sometimes.fetch.parked"};

struct Target {
  std::string topic;
  PartitionIndex partition;
  Offset seen_end;
};

struct Fetched {
  FetchResponse response;
  std::vector<LogRecords> files;  // of the partitions with a gap, in their order
  std::vector<Target> targets;    // what was read without error, with the end that was seen
  uint64_t bytes = 0;
  bool failed = false;
};

// Reads every asked partition until the byte budget is used up.
Fetched await_read_all(ShardContext& shard, const FetchRequest& request,
                       const std::vector<FetchRequest::Topic>& topics, int16_t version) {
  Fetched fetched;
  uint64_t budget =
      static_cast<uint64_t>(std::clamp(request.max_bytes, 0, shard.config.fetch_max_bytes));
  for (const FetchRequest::Topic& topic : topics) {
    const std::string* name = version >= 13 ? shard.metadata.name_of(topic.topic_id) : &topic.name;
    FetchResponse::Topic& answer_topic = fetched.response.topics.emplace_back();
    answer_topic.name = topic.name;
    answer_topic.topic_id = topic.topic_id;
    for (const FetchRequest::Partition& partition : topic.partitions) {
      FetchResponse::Partition& answer = answer_topic.partitions.emplace_back();
      answer.index = partition.index;
      FetchOutcome outcome;
      if (name == nullptr) {
        outcome.error = ErrorCode::unknown_topic_id;
      } else if (!shard.metadata.has(*name, partition.index)) {
        outcome.error = ErrorCode::unknown_topic_or_partition;
      } else if (const ErrorCode stale =  // every epoch below zero is none here, as in Kafka
                 check_leader_epoch(std::max(partition.current_leader_epoch, kNoLeaderEpoch),
                                    shard.metadata.leader_epoch({*name, partition.index}));
                 stale != ErrorCode::none) {
        outcome.error = stale;
      } else {
        const uint64_t most = std::min<uint64_t>(
            budget, static_cast<uint64_t>(std::max(partition.partition_max_bytes, 0)));
        const TopicPartition tp{*name, partition.index};
        // At least one batch is given to the first partition that has one (KIP-74); the rest stay
        // within the budget.
        outcome = shard.await_on(shard.owner_of(*name, partition.index), [&](ShardContext& owner) {
          ReplicaManager& replicas = owner.replicas;
          if (version >= kFirstWithBatches) {
            return replicas.await_read(tp, partition.fetch_offset, most);
          }
          const int8_t magic = version >= kFirstWithMagic1 ? 1 : 0;
          return replicas.await_read_old(tp, partition.fetch_offset, most, magic);
        });
        if (fetched.bytes > 0 && outcome.records.size() > most) outcome.records = {};
        fetched.targets.push_back({*name, partition.index, outcome.high_watermark});
      }
      fetched.failed = fetched.failed || outcome.error != ErrorCode::none;
      answer.error = outcome.error;
      answer.high_watermark = outcome.high_watermark;
      answer.last_stable_offset = outcome.high_watermark;
      answer.log_start_offset = outcome.log_start;
      // Null where none were asked for, as in Kafka.
      if (request.isolation_level == kReadCommitted) {
        answer.aborted_transactions.emplace();
      }
      fetched.bytes += outcome.records.size();
      budget -= std::min<uint64_t>(budget, outcome.records.size());
      answer.records = std::move(outcome.records.bytes);
      answer.records_gap_bytes = outcome.records.file_bytes;
      if (outcome.records.file != nullptr) fetched.files.push_back(std::move(outcome.records));
    }
  }
  return fetched;
}

// Parks the request, then leaves a watch of this shard at each partition, which looks at it once more;
// whichever fires first sends the request round again. False when there are too many: as it was.
bool await_park(ShardContext& shard, Request& request, TimePoint deadline,
                const std::vector<Target>& targets) {
  DelayedFetches* const here = &shard.delayed_fetches;
  const uint32_t self = shard.env.shards.self();
  std::vector<TopicPartition> waits_for;
  for (const Target& target : targets) waits_for.push_back({target.topic, target.partition});
  const uint64_t connection = request.connection;
  if (!here->park(request, waits_for, deadline)) return false;
  // At once: later the connection may have been answered, and have asked again.
  shard.processor.parked(connection);
  for (const Target& target : targets) {
    const TopicPartition tp{target.topic, target.partition};
    shard.await_on(shard.owner_of(target.topic, target.partition), [&](ShardContext& owner) {
      Shards& there = owner.env.shards;
      owner.replicas.watch(tp, target.seen_end, self, [&there, here, self, tp] {
        if (there.self() == self) {
          here->changed(tp);
        } else {
          there.answer(self, [here, tp] { here->changed(tp); });
        }
      });
      return Done{};
    });
  }
  return true;
}

void count_bytes_out(ShardContext& shard, const FetchResponse& response) {
  for (const FetchResponse::Topic& topic : response.topics) {
    const std::string* const name =
        topic.name.empty() ? shard.metadata.name_of(topic.topic_id) : &topic.name;
    if (name == nullptr) continue;  // unknown, or deleted meanwhile
    TopicCounters& counters = shard.metrics.topics.of(*name);
    for (const FetchResponse::Partition& partition : topic.partitions) {
      counters.bytes_out += partition.records.size() + partition.records_gap_bytes;
    }
  }
}

Reply answer(ShardContext& shard, const FetchRequest& request,
             const std::vector<FetchRequest::Topic>& asked, const RequestHeader& header,
             Fetched fetched) {
  FetchResponse& response = fetched.response;
  int32_t new_id = FetchSessions::kNoSession;
  if (FetchSessions::wants_session(request, header.version)) {
    do {
      new_id = 1 + static_cast<int32_t>(shard.env.random.choose(kSessionId, 0x7fffffff));
    } while (!shard.fetch_sessions.is_free(new_id));
  }
  shard.fetch_sessions.finish(request, asked, header.version, new_id, shard.env.clock.now(),
                              response);
  if (response.session_id == request.session_id && request.session_epoch > 0) {
    sometimes(shard.env.buggify, kIncremental);
  }
  count_errors(shard, header.version, response);
  count_bytes_out(shard, response);
  uint64_t file_bytes = 0;
  for (const LogRecords& records : fetched.files) file_bytes += records.file_bytes;
  FrameWithGaps frame = encode_response_with_gaps(header, response, file_bytes);
  CHECK(frame.gaps.size() == fetched.files.size());
  std::vector<ReplySlice> slices;
  for (size_t i = 0; i < fetched.files.size(); ++i) {
    LogRecords& records = fetched.files[i];
    CHECK(frame.gaps[i].bytes == records.file_bytes);
    slices.push_back({frame.gaps[i].at, std::move(records.file), records.from, records.file_bytes});
  }
  return Reply::send(std::move(frame.bytes), std::move(slices));
}

}  // namespace

std::optional<Reply> await_handle_fetch(ShardContext& shard, Request& request,
                                        const RequestFrame& frame) {
  const auto body = decode_body<FetchRequest>(frame);
  if (!body) return Reply::close("Fetch: " + body.error().message);
  const int16_t version = frame.header.version;
  const auto asked = shard.fetch_sessions.begin(*body, version, request.deadline.has_value(),
                                                shard.env.clock.now());
  if (!asked) {
    FetchResponse response;
    response.error = asked.error();
    return respond(shard, frame.header, response);
  }
  Fetched fetched = await_read_all(shard, *body, *asked, version);
  const TimePoint deadline = request.deadline.value_or(
      shard.env.clock.now() + milliseconds(std::clamp(body->max_wait_ms, 0, 600'000)));
  const bool enough = fetched.failed || fetched.targets.empty() || request.final_attempt ||
                      fetched.bytes >= static_cast<uint64_t>(std::max(body->min_bytes, 0)) ||
                      shard.env.clock.now() >= deadline;
  if (enough) return answer(shard, *body, *asked, frame.header, std::move(fetched));
  request.deadline = deadline;
  sometimes(shard.env.buggify, kParked);
  if (planted(shard.env.buggify, kBugRequeued)) {
    // Goes round through the bounded channel instead of waiting outside of it.
    shard.env.scheduler.await_yield();
    shard.requests.await_push(std::move(request));
    return std::nullopt;
  }
  if (await_park(shard, request, deadline, fetched.targets)) return std::nullopt;
  return answer(shard, *body, *asked, frame.header, std::move(fetched));
}

}  // namespace weir
