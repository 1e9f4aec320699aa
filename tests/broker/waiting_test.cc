// Requests that wait: for a sync, for records, for each other; and what their deadlines do.
#include "tests/support/test_pch.h"

#include <fmt/format.h>

#include "model/protocol/produce.h"
#include "sim/fiber/gate.h"
#include "tests/broker/sim_broker.h"

namespace weir {
namespace {

const TopicPartition kTopic{"t", PartitionIndex{0}};

void await_topic(Env& env, SimBroker& broker, int32_t partitions = 1) {
  Admin admin(env, broker.session());
  for (;;) {
    const auto created = admin.await_create_topic("t", partitions, env.clock.now() + seconds(30));
    if (created.ok() && *created == ErrorCode::none) return;
    REQUIRE_FALSE(created.ok());
  }
}

ErrorCode await_produce(Env& env, BrokerSession& session, int32_t timeout_ms, int16_t acks = -1) {
  BatchBuilder builder({});
  builder.add({.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = as_bytes("v")});
  const Buffer batch = builder.finish();
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = timeout_ms;
  request.topics.push_back({kTopic.topic, {{kTopic.partition, batch}}});
  const auto answer =
      session.await_call<ProduceResponse>(9, request, env.clock.now() + seconds(60));
  REQUIRE(answer.ok());
  return answer->topics.at(0).partitions.at(0).error;
}

// The disk stands still for `lasts` from the next append on, whose sync meets it.
void stall_after_append(SimBroker& broker, Duration lasts) {
  broker.broker().on_product_event = [&broker, lasts, done = false](const Site& site, const auto&) mutable {
    constexpr Site kAppended{"log.appended"};
    if (site.id != kAppended.id || std::exchange(done, true)) return;
    broker.broker().disk_faults().stalled_until_ns =
        broker.world().simulator().now_ns() + lasts.ns();
  };
}

}  // namespace

TEST_CASE("a produce whose sync takes longer than timeout_ms is answered in time, and may be there") {
  for (const int16_t acks : {int16_t{1}, int16_t{-1}}) {
    for (const uint32_t shards : {1U, 3U}) {
      SimBroker broker(5, shards);
      broker.boot();
      REQUIRE(broker.run_client([&](Env& env) {
        await_topic(env, broker);
        BrokerSession session(env, broker.session());
        stall_after_append(broker, seconds(5));
        const TimePoint asked = env.clock.now();
        REQUIRE(await_produce(env, session, 200, acks) == ErrorCode::request_timed_out);
        const Duration took = env.clock.now() - asked;
        REQUIRE(took >= milliseconds(200));
        REQUIRE(took < milliseconds(400));
        // Nobody reads it before it is durable; then it is there.
        SimpleConsumer consumer(env, broker.session(), seconds(30));
        const PollOutcome poll = consumer.await_poll(kTopic, Offset{0}, 1000, seconds(20));
        REQUIRE(poll.answered);
        REQUIRE(poll.records.size() == 1);
        REQUIRE(env.clock.now() - asked >= seconds(5));
        REQUIRE(await_produce(env, session, 200, acks) == ErrorCode::none);
      }));
      broker.broker().request_stop();
      broker.world().simulator().run_until(seconds(600).ns());
      REQUIRE_FALSE(broker.broker().running());
    }
  }
}

TEST_CASE("a produce without a timeout waits for its sync") {
  SimBroker broker(5);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    await_topic(env, broker);
    BrokerSession session(env, broker.session());
    stall_after_append(broker, seconds(5));
    const TimePoint asked = env.clock.now();
    REQUIRE(await_produce(env, session, 0) == ErrorCode::none);
    REQUIRE(env.clock.now() - asked >= seconds(5));
  }));
}

TEST_CASE("long polls of many clients on many partitions of many shards all end") {
  for (uint64_t key = 1; key <= 10; ++key) {
    SimBroker broker(key, 3, 1);
    broker.world().buggify().configure({.on_per_million = 500'000, .fires_per_million = 250'000});
    broker.boot();
    REQUIRE(broker.run_client([&](Env& env) {
      await_topic(env, broker, 4);
      Gate readers(env.scheduler);
      constexpr Site kReader{"test.reader"};
      int read = 0;
      for (int32_t i = 0; i < 12; ++i) {
        spawn_in(readers, env.scheduler, kReader, [&, i] {
          SimpleConsumer consumer(env, broker.session(), seconds(5));
          Offset next{0};
          while (next < Offset{20}) {
            const PollOutcome poll =
                consumer.await_poll({"t", PartitionIndex{i % 4}}, next, 1 << 20, seconds(3));
            if (poll.answered && !poll.records.empty()) next = poll.records.back().offset + 1;
          }
          ++read;
        });
      }
      Producer producer(env, broker.session(), {});
      for (int i = 0; i < 80; ++i) {
        const auto sent = producer.await_send(
            {"t", PartitionIndex{i % 4}},
            {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = as_bytes("v")}});
        REQUIRE(sent.kind == SendOutcome::Kind::acked);
      }
      readers.await_close();
      REQUIRE(read == 12);
    }));
  }
}

}  // namespace weir
