#include "scenarios/workloads/produce_consume.h"

#include "client/admin/admin.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "scenarios/workloads/values.h"
#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

// Short, so that a client whose broker has gone dark is soon busy again and meets the next fault.
constexpr Duration kRequestTimeout = milliseconds(250);
constexpr Site kThink{"workload.think"};
constexpr Site kPartition{"workload.partition"};
constexpr Site kRecords{"workload.records"};
constexpr Site kValueBytes{"workload.value_bytes"};

class Workload {
 public:
  Workload(Env& env, const Plan& plan, const WorkloadTarget& target, HistoryRecorder& recorder,
           Event& healed)
      : env_(env), plan_(plan), target_(target), recorder_(recorder), healed_(healed) {}

  void await_run() {
    await_create_topic();
    await_all(env_.scheduler, plan_.producers + plan_.readers, [this](size_t i) {
      if (i < plan_.producers) {
        await_produce(i + 1);
        ++producers_done_;
      } else {
        await_read(i + 1);
      }
    });
  }

 private:
  [[nodiscard]] SessionOptions session(std::string_view role, uint64_t process) const {
    return {.broker = target_.broker,
            .client_id = std::string(role) + "-" + std::to_string(process),
            .backoff_min = milliseconds(5),
            .backoff_max = milliseconds(50)};
  }
  [[nodiscard]] TopicPartition partition(uint64_t index) const {
    return {target_.topic, PartitionIndex{static_cast<int32_t>(index)}};
  }

  void await_create_topic() {
    Admin admin(env_, session("admin", 0));
    for (;;) {
      const auto created = admin.await_create_topic(
          target_.topic, static_cast<int32_t>(plan_.partitions),
          env_.clock.now() + kRequestTimeout);
      if (created && (*created == ErrorCode::none || *created == ErrorCode::topic_already_exists)) {
        return;
      }
      await_sleep(env_.scheduler, env_.clock.now() + milliseconds(50));
    }
  }

  void await_produce(uint64_t process) {
    Producer producer(env_, session("producer", process),
                      {.acks = plan_.acks,
                       .idempotent = plan_.idempotent,
                       .request_timeout = kRequestTimeout});
    for (uint32_t batch = 0; batch < plan_.batches_per_producer; ++batch) {
      await_produce_batch(producer, process);
      const auto think = static_cast<int64_t>(
          env_.random.choose(kThink, static_cast<uint64_t>(plan_.think_time_max.ns()) + 1));
      await_sleep(env_.scheduler, env_.clock.now() + nanoseconds(think));
    }
  }

  void await_produce_batch(Producer& producer, uint64_t process) {
    const TopicPartition tp = partition(env_.random.choose(kPartition, plan_.partitions));
    const uint64_t count = 1 + env_.random.choose(kRecords, plan_.records_per_batch_max);
    std::vector<Buffer> values;
    std::vector<NewRecord> records;
    std::vector<size_t> operations;
    values.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t id = recorder_.next_value();
      values.push_back(make_value(id, env_.random.choose(kValueBytes, plan_.value_bytes_max + 1)));
      records.push_back({.timestamp = env_.clock.wall_now(), .key = std::nullopt, .value = values.back()});
      operations.push_back(recorder_.produce_invoked(process, tp, id));
    }
    const SendOutcome outcome = producer.await_send(tp, records);
    for (size_t i = 0; i < operations.size(); ++i) {
      if (outcome.kind == SendOutcome::Kind::acked) {
        const Offset offset = outcome.base_offset == kNoOffset
                                  ? kNoOffset
                                  : outcome.base_offset + static_cast<int64_t>(i);
        recorder_.produce_acked(operations[i], offset);
      } else if (outcome.kind == SendOutcome::Kind::failed) {
        recorder_.produce_failed(operations[i]);
      }
    }
  }

  void await_read(uint64_t process) {
    SimpleConsumer consumer(env_, session("reader", process), kRequestTimeout);
    for (uint64_t index = 0; index < plan_.partitions; ++index) {
      const TopicPartition tp = partition(index);
      recorder_.assigned(process, tp, Offset{0});
    }
    std::vector<Offset> next(plan_.partitions, Offset{0});
    std::vector<int> empty_at_end(plan_.partitions, 0);
    for (;;) {
      bool all_done = true;
      for (uint64_t index = 0; index < plan_.partitions; ++index) {
        if (empty_at_end[index] >= 2) continue;
        all_done = false;
        // Asked before the poll: an answer from before the last write proves nothing.
        const bool writes_over = producers_done_ == plan_.producers && healed_.is_set();
        await_poll(consumer, process, index, next[index], empty_at_end[index], writes_over);
      }
      if (all_done) return;
    }
  }

  void await_poll(SimpleConsumer& consumer, uint64_t process, uint64_t index, Offset& next,
                  int& empty_at_end, bool writes_over) {
    const TopicPartition tp = partition(index);
    const PollOutcome poll = consumer.await_poll(tp, next, 64 * 1024, milliseconds(20));
    if (!poll.answered) return;
    if (poll.error == ErrorCode::offset_out_of_range) {
      // The log is shorter than what was read from it: start over.
      next = Offset{0};
      recorder_.assigned(process, tp, next);
      return;
    }
    if (poll.error != ErrorCode::none) {
      await_sleep(env_.scheduler, env_.clock.now() + milliseconds(20));
      return;
    }
    if (poll.records.empty()) {
      const bool at_end = writes_over && poll.high_watermark == next;
      empty_at_end = at_end ? empty_at_end + 1 : 0;
      if (empty_at_end == 2) recorder_.polled(process, tp, {}, true);
      return;
    }
    std::vector<PolledRecord> records;
    for (const ConsumedRecord& record : poll.records) {
      records.push_back({record.offset, value_id(record.value)});
    }
    next = poll.records.back().offset + 1;
    recorder_.polled(process, tp, std::move(records), false);
  }

  Env& env_;
  const Plan& plan_;
  const WorkloadTarget& target_;
  HistoryRecorder& recorder_;
  Event& healed_;
  uint32_t producers_done_ = 0;
};

}  // namespace

void await_run_workload(Env& env, const Plan& plan, const WorkloadTarget& target,
                        HistoryRecorder& recorder, Event& healed) {
  Workload(env, plan, target, recorder, healed).await_run();
}

}  // namespace weir
