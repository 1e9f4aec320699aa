// The server's limits: connections of one address, idle connections, bytes of requests; listeners.
#include "tests/support/test_pch.h"

#include "broker/server/connection_quotas.h"
#include "broker/server/memory_pool.h"
#include "model/protocol/api_versions.h"
#include "model/protocol/describe_cluster.h"
#include "model/protocol/metadata.h"
#include "tests/broker/sim_broker.h"

namespace weir {
namespace {

std::unique_ptr<FiberStream> await_connection(Env& env, const Endpoint& to) {
  for (;;) {  // it may still be starting
    auto connection = env.network.await_connect(to, TimePoint::never());
    if (connection) return std::make_unique<FiberStream>(env.scheduler, std::move(*connection));
    await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
  }
}

// An answer comes within `patience`.
bool await_answer(Env& env, FiberStream& stream, Duration patience) {
  uint8_t size[4];
  const WaitLimit limit{.deadline = env.clock.now() + patience};
  if (!stream.await_read_exact(size, limit)) return false;
  Buffer frame(load_big_endian<uint32_t>(size));
  return stream.await_read_exact(frame, limit).ok();
}

Buffer ask(size_t client_id_bytes = 1) {
  return encode_request(0, 1, std::string(client_id_bytes, 'x'), ApiVersionsRequest{});
}

bool await_works(Env& env, FiberStream& stream) {
  return stream.await_write_all(ask()).ok() && await_answer(env, stream, seconds(10));
}

}  // namespace

TEST_CASE("one address has its own limit of connections, and may have one of its own") {
  for (const bool has_override : {false, true}) {
    SimBroker broker(5, 3);
    broker.config.max_connections_per_ip = has_override ? 0 : 2;
    if (has_override) {
      broker.config.max_connections_per_ip_overrides = {
          {World::address_of(SimBroker::kClients), 2}, {"10.9.9.9", 7}};
    }
    broker.boot();
    REQUIRE(broker.run_client([&](Env& env) {
      std::vector<std::unique_ptr<FiberStream>> streams;
      for (int i = 0; i < 5; ++i) {
        streams.push_back(await_connection(env, broker.config.listeners[0].at));
        REQUIRE(await_works(env, *streams.back()) == (i < 2));
      }
      // Who leaves makes room.
      streams.erase(streams.begin());
      await_sleep(env.scheduler, env.clock.now() + seconds(1));
      streams.push_back(await_connection(env, broker.config.listeners[0].at));
      REQUIRE(await_works(env, *streams.back()));
    }));
  }
}

TEST_CASE("quotas count what they refuse, and forget addresses that have left") {
  ConnectionQuotas quotas;
  BrokerConfig config;
  config.max_connections = 3;
  config.max_connections_per_ip = 2;
  REQUIRE(quotas.try_open("a", 0, config).empty());
  REQUIRE(quotas.try_open("a", 0, config).empty());
  REQUIRE(quotas.try_open("a", 0, config) == "max.connections.per.ip");
  REQUIRE(quotas.try_open("b", 0, config).empty());
  REQUIRE(quotas.try_open("c", 0, config) == "max.connections");
  REQUIRE(quotas.refused_count(0) == 2);
  quotas.closed("a", 0);
  REQUIRE(quotas.try_open("a", 0, config).empty());
  REQUIRE(quotas.open_count(0) == 3);
}

TEST_CASE("quotas count by listener what they limit altogether") {
  ConnectionQuotas quotas;
  BrokerConfig config;
  config.max_connections = 2;
  REQUIRE(quotas.try_open("a", 0, config).empty());
  REQUIRE(quotas.try_open("a", 1, config).empty());
  REQUIRE(quotas.try_open("a", 1, config) == "max.connections");
  REQUIRE((quotas.open_count(0) == 1 && quotas.open_count(1) == 1 && quotas.open_count(2) == 0));
  REQUIRE((quotas.refused_count(0) == 0 && quotas.refused_count(1) == 1));
  quotas.closed("a", 1);
  REQUIRE((quotas.open_count(0) == 1 && quotas.open_count(1) == 0));
}

TEST_CASE("a connection on which nothing comes is closed, one that asks now and then is not") {
  SimBroker broker(5);
  broker.config.connections_max_idle = seconds(10);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    const auto silent = await_connection(env, broker.config.listeners[0].at);
    const auto busy = await_connection(env, broker.config.listeners[0].at);
    const TimePoint start = env.clock.now();
    uint8_t byte = 0;
    for (int i = 0; i < 5; ++i) {
      REQUIRE(await_works(env, *busy));
      await_sleep(env.scheduler, env.clock.now() + seconds(6));
    }
    const auto read = silent->await_read({&byte, 1}, {.deadline = env.clock.now() + seconds(1)});
    REQUIRE((!read.ok() ? read.error() == NetError::reset : *read == 0));
    REQUIRE(env.clock.now() - start >= seconds(10));
    REQUIRE(await_works(env, *busy));
    const auto end = busy->await_read({&byte, 1}, {.deadline = env.clock.now() + seconds(11)});
    REQUIRE((!end.ok() ? end.error() == NetError::reset : *end == 0));
  }));
}

TEST_CASE("a connection that waits for its answer is not idle") {
  SimBroker broker(5);
  broker.config.connections_max_idle = seconds(2);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    Admin admin(env, broker.session());
    REQUIRE(admin.await_create_topic("t", 1, env.clock.now() + seconds(30)).ok());
    SimpleConsumer consumer(env, broker.session(), seconds(5));
    const TimePoint asked = env.clock.now();
    const auto poll = consumer.await_poll({"t", PartitionIndex{0}}, Offset{0}, 1000, seconds(9));
    REQUIRE(poll.answered);
    REQUIRE(env.clock.now() - asked >= seconds(9));
  }));
}

TEST_CASE("a pool admits what fits, nobody overtakes, and what is too large goes alone") {
  MemoryPool pool(100);
  REQUIRE(pool.try_reserve(1, 60));
  REQUIRE(pool.try_reserve(2, 40));
  REQUIRE_FALSE(pool.try_reserve(3, 500));
  REQUIRE_FALSE(pool.try_reserve(4, 1));
  pool.release(1);
  REQUIRE_FALSE(pool.next_granted().has_value());
  pool.release(2);
  REQUIRE(pool.next_granted() == 3U);
  REQUIRE_FALSE(pool.next_granted().has_value());
  REQUIRE(pool.used_bytes() == 500);
  pool.release(3);
  REQUIRE(pool.next_granted() == 4U);
  pool.release(4);
  REQUIRE(pool.used_bytes() == 0);
}

TEST_CASE("who leaves the line of a pool does not hold it up") {
  MemoryPool pool(10);
  REQUIRE(pool.try_reserve(1, 10));
  REQUIRE_FALSE(pool.try_reserve(2, 10));
  REQUIRE_FALSE(pool.try_reserve(3, 5));
  pool.release(2);
  pool.release(1);
  REQUIRE(pool.next_granted() == 3U);
  REQUIRE(pool.waiting_count() == 0);
}

TEST_CASE("a full pool stops the reading and drops nothing; a request above it gets through alone") {
  SimBroker broker(5);
  broker.config.queued_max_request_bytes = 1000;
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    const auto slow = await_connection(env, broker.config.listeners[0].at);
    const auto large = await_connection(env, broker.config.listeners[0].at);
    const auto small = await_connection(env, broker.config.listeners[0].at);
    const Buffer request = ask(900);
    REQUIRE(slow->await_write_all(ConstBytes(request).first(100)).ok());
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    REQUIRE(large->await_write_all(ask(5000)).ok());
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    REQUIRE(small->await_write_all(ask()).ok());
    await_sleep(env.scheduler, env.clock.now() + seconds(5));
    REQUIRE(slow->await_write_all(ConstBytes(request).subspan(100)).ok());
    const TimePoint complete = env.clock.now();
    REQUIRE(await_answer(env, *slow, seconds(10)));
    REQUIRE(await_answer(env, *large, seconds(10)));
    REQUIRE(await_answer(env, *small, seconds(10)));
    REQUIRE(env.clock.now() - complete < seconds(1));
    // While it is full, nobody else is read.
    REQUIRE(slow->await_write_all(ConstBytes(request).first(100)).ok());
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    REQUIRE(large->await_write_all(ask(500)).ok());
    REQUIRE_FALSE(await_answer(env, *large, seconds(5)));
  }));
}

TEST_CASE("each listener tells its clients of its own endpoint") {
  SimBroker broker(5, 3);
  const std::string host = World::address_of(SimBroker::kBroker);
  broker.config.listeners = {{"PLAINTEXT", {host, 9092}}, {"OUTSIDE", {host, 9093}}};
  broker.config.advertised_listeners = {{"OUTSIDE", {"broker.example.org", 19093}}};
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    for (int round = 0; round < 6; ++round) {
      const bool outside = round % 2 == 1;
      BrokerSession session(env, {.broker = {host, static_cast<uint16_t>(outside ? 9093 : 9092)},
                                  .client_id = "test"});
      const TimePoint deadline = env.clock.now() + seconds(30);
      const auto metadata = session.await_call<MetadataResponse>(1, MetadataRequest{}, deadline);
      REQUIRE(metadata.ok());
      REQUIRE(metadata->brokers.at(0).host == (outside ? "broker.example.org" : host));
      REQUIRE(metadata->brokers.at(0).port == (outside ? 19093 : 9092));
      const auto cluster =
          session.await_call<DescribeClusterResponse>(0, DescribeClusterRequest{}, deadline);
      REQUIRE(cluster.ok());
      REQUIRE(cluster->brokers.at(0).host == metadata->brokers.at(0).host);
      REQUIRE(cluster->brokers.at(0).port == metadata->brokers.at(0).port);
    }
  }));
}

}  // namespace weir
