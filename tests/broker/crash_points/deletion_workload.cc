// Topics that are deleted and made again under the same name, and records that are deleted, through the
// whole broker: what was deleted stays gone, and a new topic inherits nothing from an old one.
#include <fmt/format.h>

#include "broker/broker.h"
#include "client/admin/admin.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "scenarios/workloads/values.h"
#include "tests/broker/crash_points/workload.h"

namespace weir {
namespace {

constexpr const char* kTopic = "t";

class DeletionWorkload final : public Workload {
 public:
  DeletionWorkload(Promises& promises, uint32_t shards) : promises_(promises) {
    config_.listeners[0].at = {Machine::server_address(), 9092};
    config_.network_threads = shards;
    config_.io_threads = 2;
    config_.log.flush_interval_messages = 1;
    config_.log.segment_bytes = 200;
    config_.retention_check_interval = milliseconds(5);
  }

  void live(Machine& machine, bool first) override {
    const auto server = [this](Env& env, Event& stop) {
      const auto result = await_run_broker(env, stop, config_);
      if (env.shards.self() == 0 && !result) {
        promises_.violated("the broker does not start: " + result.error());
      }
    };
    machine.serve(server, [&](Env& env) { await_client(env, first); });
  }

 private:
  // What the clients know of the topic; survives every crash.
  struct Known {
    bool exists = false;
    bool deleting = false;              // asked for, and not answered
    std::map<Offset, uint64_t> acked;
    Offset start{0};                    // promised
    Offset start_asked{0};
  };

  void await_client(Env& env, bool first) {
    Admin admin(env, session());
    const auto topics = admin.await_topics(deadline(env));
    if (!topics) return promises_.violated("the broker does not answer");
    const bool there = !topics->empty();
    if (known_.exists && !there) {
      if (!known_.deleting) return promises_.violated("the topic is gone, and nobody deleted it");
      known_ = {};
    }
    if (!known_.exists && there && !creating_) {
      return promises_.violated("a topic that was deleted is there again");
    }
    known_.exists = there;
    known_.deleting = false;
    creating_ = false;
    if (there) await_check(env);
    await_work(env, admin, first);
  }

  void await_work(Env& env, Admin& admin, bool first) {
    if (!known_.exists && !await_create(env, admin)) return;
    await_produce(env, 3);
    await_delete_records(env, admin, known_.acked.rbegin()->first);
    if (!first) return;
    if (!await_delete(env, admin) || !await_create(env, admin)) return;
    await_produce(env, 2);
    await_check(env);
  }

  bool await_create(Env& env, Admin& admin) {
    creating_ = true;
    const auto created = admin.await_create_topic(kTopic, 1, deadline(env));
    const bool done = created && *created == ErrorCode::none;
    if (!done) promises_.violated("the topic is not created");
    known_ = {};
    known_.exists = done;
    creating_ = false;
    return done;
  }

  bool await_delete(Env& env, Admin& admin) {
    known_.deleting = true;
    const auto deleted = admin.await_delete_topic(kTopic, deadline(env));
    const bool done = deleted && *deleted == ErrorCode::none;
    if (!done) promises_.violated("the topic is not deleted");
    known_ = {};
    return done;
  }

  void await_delete_records(Env& env, Admin& admin, Offset before) {
    known_.start_asked = before;
    const auto deleted = admin.await_delete_records(partition(), before, deadline(env));
    if (!deleted || deleted->error != ErrorCode::none || deleted->low_watermark < before) {
      return promises_.violated("records are not deleted");
    }
    known_.start = deleted->low_watermark;
  }

  void await_produce(Env& env, int count) {
    Producer producer(env, session(), {});
    for (int i = 0; i < count; ++i) {
      const uint64_t value = promises_.new_value();
      const Buffer bytes = make_value(value, 40);
      const SendOutcome sent = producer.await_send(
          partition(), {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = bytes}});
      if (sent.kind != SendOutcome::Kind::acked) return promises_.violated("a send is not acked");
      known_.acked[sent.base_offset] = value;
      sent_.insert(value);
    }
  }

  // Everything readable is of this topic, and everything promised is readable.
  void await_check(Env& env) {
    SimpleConsumer consumer(env, session());
    std::map<Offset, uint64_t> found;
    for (Offset next{0};;) {
      const PollOutcome poll = consumer.await_poll(partition(), next, 500, milliseconds(1));
      if (!poll.answered) return promises_.violated("the topic does not read");
      if (poll.error == ErrorCode::offset_out_of_range && poll.log_start > next) {
        if (poll.log_start > known_.start_asked) {
          promises_.violated(fmt::format("the log starts at {}; nobody asked for that",
                                         poll.log_start.value()));
        }
        next = poll.log_start;
        continue;
      }
      if (poll.error != ErrorCode::none) return promises_.violated("the topic does not read");
      for (const ConsumedRecord& record : poll.records) {
        found[record.offset] = value_id(record.value);
        next = record.offset + 1;
      }
      if (next >= poll.high_watermark) break;
    }
    for (const auto& [offset, value] : found) {
      const auto acked = known_.acked.find(offset);
      const bool known = acked != known_.acked.end();
      if (offset < known_.start) promises_.violated("a deleted record is there again");
      // One that was under way when its sender died is new, one of an earlier topic is not.
      if (known ? acked->second != value : sent_.contains(value)) {
        promises_.violated(fmt::format("offset {} holds what was never sent there", offset.value()));
      }
    }
    for (const auto& [offset, value] : known_.acked) {
      if (offset >= known_.start_asked && !found.contains(offset)) {
        promises_.violated(fmt::format("the record at offset {} is gone", offset.value()));
      }
    }
  }

  static TopicPartition partition() { return {kTopic, PartitionIndex{0}}; }
  static TimePoint deadline(Env& env) { return env.clock.now() + seconds(60); }
  [[nodiscard]] SessionOptions session() const {
    return {.broker = config_.listeners[0].at, .client_id = "crash-points"};
  }

  Promises& promises_;
  BrokerConfig config_;
  Known known_;
  bool creating_ = false;
  std::set<uint64_t> sent_;  // acked once, to any topic of this name
};

WorkloadRow row(std::string_view name, uint32_t shards) {
  return {name, {.shards = shards}, [shards](Promises& promises) {
            return std::make_unique<DeletionWorkload>(promises, shards);
          }};
}

}  // namespace

std::vector<WorkloadRow> deletion_workloads() {
  return {row("deletion", 1), row("deletion-two-shards", 2)};
}

}  // namespace weir
