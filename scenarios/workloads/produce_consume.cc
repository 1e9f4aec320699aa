#include "scenarios/workloads/produce_consume.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/admin/admin.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "scenarios/workloads/formats.h"
#include "scenarios/workloads/pipeline.h"
#include "scenarios/workloads/values.h"
#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

// A damaged record is asked for so many times before it is passed over: it may have been the wire.
constexpr int kAsksOfDamaged = 5;
constexpr int kSideTopics = 12;
constexpr Site kThink{"workload.think"};
constexpr Site kPartition{"workload.partition"};
constexpr Site kTrim{"workload.trim"};
constexpr Site kRecords{"workload.records"};
constexpr Site kValueBytes{"workload.value_bytes"};

std::string side_topic(uint32_t role, int number) {
  return fmt::format("side-{}-{}", role, number);
}

class Workload {
 public:
  Workload(Env& env, const Plan& plan, const WorkloadTarget& target, HistoryRecorder& recorder,
           WorkloadProgress& progress)
      : env_(env), plan_(plan), target_(target), recorder_(recorder), progress_(progress) {}

  void await_run(uint32_t index, uint32_t count) {
    await_create_topic();
    const uint32_t pipeliners_end = plan_.producers + plan_.readers + plan_.pipeliners;
    const uint32_t admins_end = pipeliners_end + plan_.admins;
    const uint32_t all = admins_end + plan_.trimmers;
    std::vector<uint32_t> mine;
    for (uint32_t i = 0; i < all; ++i) {
      if (i % count == index) mine.push_back(i);
    }
    await_all(env_.scheduler, mine.size(), [&](size_t i) {
      const uint32_t role = mine[i];
      if (role < plan_.producers) {
        await_produce(role + 1);
        ++progress_.producers_done;
      } else if (role < plan_.producers + plan_.readers) {
        await_read(role + 1);
      } else if (role >= admins_end) {
        await_trim();
      } else if (role >= pipeliners_end) {
        await_administer(role);
      } else {
        await_pipeline(env_, target_.broker, plan_, recorder_, progress_);
      }
    });
  }

 private:
  [[nodiscard]] SessionOptions session(std::string_view role, uint64_t process) const {
    return {.broker = target_.broker,
            .client_id = std::string(role) + "-" + std::to_string(process),
            .connect_timeout = plan_.request_timeout * 4,
            .backoff_min = plan_.reconnect_backoff_max / 10,
            .backoff_max = plan_.reconnect_backoff_max};
  }
  [[nodiscard]] TopicPartition partition(uint64_t index) const {
    return {target_.topic, PartitionIndex{static_cast<int32_t>(index)}};
  }

  void await_create_topic() {
    Admin admin(env_, session("admin", 0));
    for (;;) {
      const auto created = admin.await_create_topic(
          target_.topic, static_cast<int32_t>(plan_.partitions),
          env_.clock.now() + plan_.request_timeout);
      if (created && (*created == ErrorCode::none || *created == ErrorCode::topic_already_exists)) {
        return;
      }
      await_sleep(env_.scheduler, env_.clock.now() + plan_.reconnect_backoff_max);
    }
  }

  [[nodiscard]] bool writes_go_on() const {
    return progress_.producers_done < plan_.producers || !progress_.healed;
  }

  // Deletes records and changes how large segments grow, for as long as there are writes.
  void await_trim() {
    Admin admin(env_, session("trimmer", 0));
    std::vector<Offset> starts(plan_.partitions);
    while (writes_go_on()) {
      await_sleep(env_.scheduler, env_.clock.now() + plan_.think_time_max * 3);
      const uint64_t index = env_.random.choose(kPartition, plan_.partitions);
      const Offset to = starts[index] + static_cast<int64_t>(1 + env_.random.choose(kTrim, 5));
      recorder_.on_trim_asked(partition(index), to);
      const auto deleted = admin.await_delete_records(partition(index), to,
                                                      env_.clock.now() + plan_.request_timeout);
      if (deleted && deleted->error == ErrorCode::none) {
        starts[index] = deleted->low_watermark;
        recorder_.on_trim_acked(partition(index), deleted->low_watermark);
      }
      const uint64_t bytes = plan_.segment_bytes / (1 + env_.random.choose(kTrim, 3)) + 100;
      (void)admin.await_set_topic_config(target_.topic, "segment.bytes", std::to_string(bytes),
                                         env_.clock.now() + plan_.request_timeout);
    }
  }

  // Creates topics while the producers write, gives some more partitions and deletes some; looks for
  // them when all is over.
  void await_administer(uint32_t role) {
    Admin admin(env_, session("admin", role));
    std::vector<std::string> created;
    std::vector<std::string> deleted;
    for (int i = 0; progress_.producers_done < plan_.producers || !progress_.healed; ++i) {
      const std::string name = side_topic(role, i);
      const auto answer =
          admin.await_create_topic(name, 1, env_.clock.now() + plan_.request_timeout);
      const bool made = answer && *answer == ErrorCode::none;
      if (made && i % 3 == 1) {
        const auto gone = admin.await_delete_topic(name, env_.clock.now() + plan_.request_timeout);
        if (gone && *gone == ErrorCode::none) deleted.push_back(name);
      } else if (made) {
        created.push_back(name);
        if (i % 3 == 2) {
          (void)admin.await_create_partitions(name, kSideTopicPartitions,
                                              env_.clock.now() + plan_.request_timeout);
        }
      }
      if (i >= kSideTopics) break;
      await_sleep(env_.scheduler, env_.clock.now() + plan_.think_time_max * 2);
    }
    while (writes_go_on()) {
      await_sleep(env_.scheduler, env_.clock.now() + plan_.think_time_max * 2);
    }
    await_find_deleted(admin, deleted);
    for (const std::string& name : created) {
      for (;;) {
        const auto again =
            admin.await_create_topic(name, 1, env_.clock.now() + plan_.request_timeout);
        if (!again || (*again != ErrorCode::none && *again != ErrorCode::topic_already_exists)) {
          await_sleep(env_.scheduler, env_.clock.now() + plan_.reconnect_backoff_max);
          continue;
        }
        if (*again == ErrorCode::none) {
          recorder_.violated("topic " + name + " was created, and could be created again later");
        }
        break;
      }
    }
  }

  // A topic whose deletion was answered is not there any more.
  void await_find_deleted(Admin& admin, const std::vector<std::string>& deleted) {
    if (deleted.empty()) return;
    for (;;) {
      const auto topics = admin.await_topics(env_.clock.now() + plan_.request_timeout * 4);
      if (!topics) {
        await_sleep(env_.scheduler, env_.clock.now() + plan_.reconnect_backoff_max);
        continue;
      }
      for (const TopicDescription& topic : *topics) {
        if (std::find(deleted.begin(), deleted.end(), topic.name) == deleted.end()) continue;
        recorder_.violated("topic " + topic.name + " was deleted, and is there again");
      }
      return;
    }
  }

  void await_produce(uint64_t process) {
    const auto index = static_cast<uint32_t>(process - 1);
    const int8_t format = producer_format(plan_, index);
    // Without a sequence a retry could append twice, so old producers do not try again.
    const bool is_old = format < kBatchMagic;
    Producer producer(env_, session("producer", process),
                      {.acks = plan_.acks,
                       .idempotent = plan_.idempotent && !is_old,
                       .retry = !is_old,
                       .compression = producer_codec(plan_, index),
                       .message_format = format,
                       .request_timeout = plan_.request_timeout,
                       .ack_timeout = plan_.request_timeout / 4,
                       .delivery_timeout = plan_.request_timeout * 100,
                       .retry_backoff = plan_.reconnect_backoff_max});
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

  // The first reader reads everything once more when all is over: what nobody looks at, nobody misses.
  void await_read(uint64_t process) {
    await_read_to_end(process);
    if (process == plan_.producers + 1) await_read_to_end(process);
  }

  void await_read_to_end(uint64_t process) {
    const auto reader = static_cast<uint32_t>(process - 1) - plan_.producers;
    SimpleConsumer consumer(env_, session("reader", process), plan_.request_timeout,
                            reader_format(plan_, reader),
                            plan_.fetch_sessions && reader_format(plan_, reader) == kBatchMagic);
    for (uint64_t index = 0; index < plan_.partitions; ++index) {
      const TopicPartition tp = partition(index);
      recorder_.assigned(process, tp, Offset{0});
    }
    std::vector<Position> positions(plan_.partitions);
    for (;;) {
      bool all_done = true;
      for (uint64_t index = 0; index < plan_.partitions; ++index) {
        if (positions[index].empty_at_end >= 2) continue;
        all_done = false;
        // Asked before the poll: an answer from before the last write proves nothing.
        const bool writes_over =
            progress_.producers_done == plan_.producers && progress_.healed;
        await_poll(consumer, process, index, positions[index], writes_over);
      }
      if (all_done) return;
    }
  }

  struct Position {
    Offset next{0};
    int empty_at_end = 0;
    int asked_damaged = 0;
  };

  void await_poll(SimpleConsumer& consumer, uint64_t process, uint64_t index, Position& at,
                  bool writes_over) {
    const TopicPartition tp = partition(index);
    const PollOutcome poll = consumer.await_poll(tp, at.next, 64 * 1024, plan_.poll_wait);
    if (!poll.answered) return;
    if (poll.error == ErrorCode::corrupt_message) {
      if (++at.asked_damaged < kAsksOfDamaged) return;
      recorder_.corruption_reported(tp, at.next);
      at = {.next = at.next + 1};
      recorder_.assigned(process, tp, at.next);
      return;
    }
    if (poll.error == ErrorCode::offset_out_of_range) {
      // Deleted meanwhile: go on where the log starts now (an old answer does not say). Or the log is
      // shorter than what was read from it: start over.
      const bool deleted = at.next <= poll.high_watermark;
      at = {.next = deleted ? std::max(at.next + 1, poll.log_start) : Offset{0}};
      recorder_.assigned(process, tp, at.next);
      return;
    }
    if (poll.error != ErrorCode::none) {
      await_sleep(env_.scheduler, env_.clock.now() + plan_.reconnect_backoff_max);
      return;
    }
    at.asked_damaged = 0;
    if (poll.records.empty()) {
      const bool at_end = writes_over && poll.high_watermark == at.next;
      at.empty_at_end = at_end ? at.empty_at_end + 1 : 0;
      if (at.empty_at_end == 2) recorder_.polled(process, tp, {}, true);
      return;
    }
    std::vector<PolledRecord> records;
    for (const ConsumedRecord& record : poll.records) {
      records.push_back({record.offset, value_id(record.value)});
    }
    at.next = poll.records.back().offset + 1;
    recorder_.polled(process, tp, std::move(records), false);
  }

  Env& env_;
  const Plan& plan_;
  const WorkloadTarget& target_;
  HistoryRecorder& recorder_;
  WorkloadProgress& progress_;
};

}  // namespace

std::vector<std::string> side_topics(const Plan& plan) {
  std::vector<std::string> names;
  const uint32_t first = plan.producers + plan.readers + plan.pipeliners;
  for (uint32_t role = first; role < first + plan.admins; ++role) {
    for (int i = 0; i <= kSideTopics; ++i) names.push_back(side_topic(role, i));
  }
  return names;
}

void await_run_workload(Env& env, const Plan& plan, const WorkloadTarget& target, uint32_t index,
                        uint32_t count, HistoryRecorder& recorder, WorkloadProgress& progress) {
  Workload(env, plan, target, recorder, progress).await_run(index, count);
}

}  // namespace weir
