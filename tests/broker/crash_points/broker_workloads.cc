// The whole broker, with a client that makes a topic, asks for a producer id, sends and reads.
#include "broker/broker.h"
#include "client/admin/admin.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "scenarios/workloads/values.h"
#include "sim/fiber/stream_io.h"
#include "tests/broker/crash_points/workload.h"

namespace weir {
namespace {

constexpr std::string_view kTopic = "t";
constexpr int32_t kPartitions = 2;
constexpr std::string_view kMeta = "meta.properties";

class BrokerWorkload final : public Workload {
 public:
  BrokerWorkload(Promises& promises, uint32_t shards, bool only_starts)
      : promises_(promises), only_starts_(only_starts) {
    config_.listeners[0].at = {Machine::server_address(), 9092};
    config_.network_threads = shards;
    config_.io_threads = 2;
    config_.log.flush_interval_messages = 1;
    config_.log.segment_bytes = 250;
  }

  void prepare(Machine& machine) override {
    for (int32_t i = 0; i < kPartitions; ++i) machine.watch(partition(i));
  }
  void live(Machine& machine, bool first) override {
    const auto server = [this](Env& env, Event& stop) {
      const auto result = await_run_broker(env, stop, config_);
      if (env.shards.self() == 0 && !result) {
        promises_.violated("the broker does not start: " + result.error());
      }
    };
    machine.serve(server, [&](Env& env) { await_client(env, machine, first); });
  }

 private:
  static TopicPartition partition(int32_t index) {
    return {std::string(kTopic), PartitionIndex{index}};
  }

  void await_client(Env& env, Machine& machine, bool first) {
    Admin admin(env, session());
    const auto topics = admin.await_topics(env.clock.now() + seconds(60));
    if (!topics) return promises_.violated("the broker does not answer");
    note_cluster_id(machine);
    if (only_starts_) return;
    check_topics(*topics);
    if (topics->empty()) {
      await_create(env, admin);
    } else {
      for (int32_t i = 0; i < kPartitions; ++i) await_check(env, machine, partition(i));
    }
    await_produce(env, first ? 4 : 2);
  }

  void note_cluster_id(Machine& machine) {
    const auto file = machine.disk().open(kMeta, OpenMode::read);
    if (!file) return promises_.violated("meta.properties is not there");
    promises_.cluster_id(std::string(as_text((*file)->content())));
  }

  // The topic's id is the broker's choice: what was seen first is what must stay.
  void check_topics(const std::vector<TopicDescription>& found) {
    MetadataCache::Topics topics;
    for (const TopicDescription& topic : found) {
      const TopicInfo info{.id = topic.id, .partition_count = topic.partitions};
      if (topic.name == kTopic && !seen_) promises_.topic_tried(topic.name, info);
      seen_ = true;
      topics[topic.name] = info;
    }
    if (created_ && found.empty()) promises_.violated("the topic was created and is gone");
    promises_.check_topics(topics);
  }

  void await_create(Env& env, Admin& admin) {
    const auto created =
        admin.await_create_topic(std::string(kTopic), kPartitions, env.clock.now() + seconds(60));
    created_ = created && *created == ErrorCode::none;
    if (!created_) promises_.violated("the topic is not created");
  }

  void await_check(Env& env, Machine& machine, const TopicPartition& tp) {
    SimpleConsumer consumer(env, session());
    std::vector<StoredRecord> records;
    for (Offset next{0};;) {
      const PollOutcome poll = consumer.await_poll(tp, next, 500, milliseconds(1));
      if (!poll.answered || poll.error != ErrorCode::none) {
        return promises_.violated(to_string(tp) + " does not read");
      }
      for (const ConsumedRecord& record : poll.records) {
        records.push_back({record.offset, value_id(record.value)});
        next = record.offset + 1;
      }
      if (next >= poll.high_watermark) break;
    }
    promises_.check_records(tp, records, machine.disk());
  }

  void await_produce(Env& env, int count) {
    Producer producer(env, session(), {});
    for (int i = 0; i < count; ++i) {
      const TopicPartition tp = partition(i % kPartitions);
      const uint64_t value = promises_.new_value();
      const Buffer bytes = make_value(value, 40);
      const SendOutcome sent = producer.await_send(
          tp, {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = bytes}});
      if (sent.kind != SendOutcome::Kind::acked) return promises_.violated("a send is not acked");
      promises_.acked(tp, sent.base_offset, value, DurabilityPromise::flushed_before_ack);
    }
  }
  [[nodiscard]] SessionOptions session() const {
    return {.broker = config_.listeners[0].at, .client_id = "crash-points"};
  }

  Promises& promises_;
  const bool only_starts_;
  BrokerConfig config_;
  bool created_ = false;
  bool seen_ = false;
};

WorkloadRow row(std::string_view name, uint32_t shards, bool only_starts = false,
                uint64_t order = 0) {
  return {name, {.shards = shards, .order = order}, [=](Promises& promises) {
            return std::make_unique<BrokerWorkload>(promises, shards, only_starts);
          }};
}

}  // namespace

std::vector<WorkloadRow> broker_workloads() {
  return {row("broker-start", 1, true), row("broker", 1), row("broker-two-shards", 2, false, 1)};
}

}  // namespace weir
