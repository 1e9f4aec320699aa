// The broker's small files: topics with their partitions, settings, and blocks of producer ids.
#include <fmt/format.h>

#include "broker/log/log.h"
#include "broker/metadata/dynamic_configs.h"
#include "broker/metadata/producer_ids.h"
#include "broker/metadata/topic_store.h"
#include "model/record/batch_builder.h"
#include "scenarios/workloads/values.h"
#include "sim/fiber/stream_io.h"
#include "tests/broker/crash_points/workload.h"

namespace weir {
namespace {

constexpr LogSettings kFlushed{.flush_interval_messages = 1};

class TopicWorkload final : public Workload {
 public:
  explicit TopicWorkload(Promises& promises) : promises_(promises) {}

  void prepare(Machine& machine) override {
    for (const char* topic : {"one", "two"}) {
      for (int32_t i = 0; i < 2; ++i) machine.watch({topic, PartitionIndex{i}});
    }
  }
  void live(Machine& machine, bool /*first*/) override {
    machine.run([&](Env& env) { await_live(env, machine); });
  }

 private:
  // As the broker starts: what is about to be believed is made durable first.
  void await_live(Env& env, Machine& machine) {
    TopicStore store(env);
    (void)env.disk.await_sync_directory("");
    if (const auto loaded = store.await_load(); !loaded) {
      return promises_.violated("the topics do not load: " + loaded.error().what);
    }
    promises_.check_topics(store.topics());
    for (const auto& [name, info] : store.topics()) await_use(env, machine, name, info);
    await_make(env, machine, store, "one", 2);
    await_make(env, machine, store, "two", 1);
  }

  void await_make(Env& env, Machine& machine, TopicStore& store, const std::string& name,
                  int32_t partitions) {
    if (store.topics().contains(name)) return;
    TopicInfo info{.id = {}, .partition_count = partitions};
    info.id.bytes[0] = ++topics_made_;
    promises_.topic_tried(name, info);
    if (const auto made = store.await_create(name, info); !made) {
      return promises_.violated(fmt::format("topic {} is not made: {}", name, made.error().what));
    }
    promises_.topic_created(name, info);
    await_use(env, machine, name, info);
  }

  // Every partition takes a record and keeps what it has; its directory knows whose it is.
  void await_use(Env& env, Machine& machine, const std::string& name, const TopicInfo& info) {
    for (int32_t i = 0; i < info.partition_count; ++i) {
      const TopicPartition tp{name, PartitionIndex{i}};
      const auto metadata = await_read_file(env.disk, to_string(tp) + "/partition.metadata", 1000);
      if (!metadata || as_text(*metadata).find(to_string(info.id)) == std::string_view::npos) {
        promises_.violated(to_string(tp) + "/partition.metadata does not name the topic");
      }
      auto log = PartitionLog::await_open(env, to_string(tp), kFlushed);
      if (!log) {
        promises_.violated(to_string(tp) + " does not open: " + log.error().what);
        continue;
      }
      promises_.await_check_opened(**log, tp, machine.disk());
      await_append_one(**log, tp);
      (*log)->await_quiet();
    }
  }

  void await_append_one(PartitionLog& log, const TopicPartition& tp) {
    const uint64_t value = promises_.new_value();
    const Buffer bytes = make_value(value, 30);
    BatchBuilder builder{{}};
    builder.add({.timestamp = WallTime{1'000}, .key = std::nullopt, .value = bytes});
    Buffer batch = builder.finish();
    const AppendOutcome outcome = log.await_append(batch);
    if (outcome.error != ErrorCode::none || log.await_durable(outcome.end) != ErrorCode::none) {
      return promises_.violated(to_string(tp) + " takes no record");
    }
    promises_.acked(tp, outcome.base_offset, value, DurabilityPromise::flushed_before_ack);
  }

  Promises& promises_;
  uint8_t topics_made_ = 0;
};

class ProducerIdWorkload final : public Workload {
 public:
  explicit ProducerIdWorkload(Promises& promises) : promises_(promises) {}

  void live(Machine& machine, bool first) override {
    machine.run([&](Env& env) {
      ProducerIds ids(env);
      (void)env.disk.await_sync_directory("");
      if (const auto loaded = ids.await_load(); !loaded) {
        return promises_.violated("the producer ids do not load: " + loaded.error().what);
      }
      for (int i = 0; i < (first ? 4 : 2); ++i) {
        const auto id = ids.await_next();
        if (!id) return promises_.violated("no producer id is given: " + id.error().what);
        promises_.id_given(*id);
      }
    });
  }

 private:
  Promises& promises_;
};

// Settings of a topic and of the broker are changed over and over, each time as a whole: what is
// found is what was promised last, or what was under way.
class SettingsWorkload final : public Workload {
 public:
  explicit SettingsWorkload(Promises& promises) : promises_(promises) {}

  void live(Machine& machine, bool first) override {
    machine.run([&](Env& env) { await_live(env, first); });
  }

 private:
  struct Kept {
    Settings promised;
    Settings under_way;
  };

  void await_live(Env& env, bool first) {
    TopicStore topics(env);
    DynamicConfigStore configs(env, BrokerId{1});
    (void)env.disk.await_sync_directory("");
    const auto topics_loaded = topics.await_load();
    const auto configs_loaded = configs.await_load();
    if (!topics_loaded || !configs_loaded) return promises_.violated("settings do not load");
    const auto topic = topics.topics().find(kTopic);
    if (topic != topics.topics().end()) {
      check("the topic", topic_, topic->second.configs);
    } else if (!topic_.promised.empty()) {
      return promises_.violated("the topic is gone");
    } else if (!topics.await_create(kTopic, {.id = {{1}}, .partition_count = 1, .configs = {}})) {
      return promises_.violated("the topic is not made");
    }
    check("the broker", broker_, configs.current().of_this_broker);
    for (int i = 0; i < (first ? 3 : 1); ++i) {
      topic_.under_way = next("retention.ms");
      if (!topics.await_set_configs(kTopic, topic_.under_way)) {
        return promises_.violated("the topic's settings are not written");
      }
      topic_.promised = topic_.under_way;
      broker_.under_way = next("log.retention.ms");
      if (!configs.await_write({.of_all_brokers = {}, .of_this_broker = broker_.under_way})) {
        return promises_.violated("the broker's settings are not written");
      }
      broker_.promised = broker_.under_way;
    }
  }

  // Long enough for two sectors, so that a write can be torn.
  Settings next(const std::string& key) {
    return {{key, std::to_string(++changes_)}, {"padding", std::string(600, 'a' + changes_ % 26)}};
  }

  void check(std::string_view whose, Kept& kept, const Settings& found) {
    if (found != kept.promised && found != kept.under_way) {
      promises_.violated(fmt::format("{} has other settings than any it was given", whose));
    }
    kept.promised = found;  // seen, and so promised
    kept.under_way = found;
  }

  static constexpr const char* kTopic = "one";
  Promises& promises_;
  Kept topic_;
  Kept broker_;
  int changes_ = 0;
};

}  // namespace

std::vector<WorkloadRow> metadata_workloads() {
  const auto topics = [](Promises& promises) { return std::make_unique<TopicWorkload>(promises); };
  const auto ids = [](Promises& promises) {
    return std::make_unique<ProducerIdWorkload>(promises);
  };
  const auto settings = [](Promises& promises) {
    return std::make_unique<SettingsWorkload>(promises);
  };
  return {
      {"topics", {}, topics},
      {"settings", {}, settings},
      {"producer-ids", {}, ids},
      {"producer-ids-small-blocks", {.small_limits = true}, ids},
  };
}

}  // namespace weir
