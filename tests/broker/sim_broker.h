// SimBroker: a broker in a simulated world with one machine for clients; what broker tests start from.
#pragma once

#include "broker/broker.h"
#include "client/admin/admin.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "sim/world/world.h"

namespace weir {

class SimBroker {
 public:
  static constexpr uint32_t kBroker = 1;
  static constexpr uint32_t kClients = 2;

  explicit SimBroker(uint64_t key, uint32_t shards = 1, uint32_t shard_channel_slots = 64)
      : world_(key, oracle_, {}) {
    config.listeners[0].at = {World::address_of(kBroker), 9092};
    config.network_threads = shards;
    config.io_threads = 4;
    config.log.flush_interval_messages = 1;
    world_.add_node({.shards = shards, .shard_channel_slots = shard_channel_slots});
    world_.add_node({});
  }

  // Change it before boot().
  BrokerConfig config;
  ConfigReload* reload = nullptr;

  World& world() { return world_; }
  SimNode& broker() { return world_.node(kBroker); }
  [[nodiscard]] const std::string& start_failure() const { return start_failure_; }

  void boot() {
    broker().boot([this](Env& env, Event& stop) {
      const auto result = await_run_broker(env, stop, config, reload);
      if (env.shards.self() == 0 && !result) start_failure_ = result.error();
    });
  }
  // Runs `body` as a client; true when it has ended within `bound` of virtual time.
  bool run_client(const std::function<void(Env&)>& body, Duration bound = seconds(120)) {
    bool ended = false;
    SimNode& clients = world_.node(kClients);
    if (!clients.reap()) clients.kill();
    clients.boot([&](Env& env, Event& /*stop*/) {
      body(env);
      ended = true;
    });
    const int64_t until = world_.simulator().now_ns() + bound.ns();
    while (!ended && world_.simulator().step(until)) {
    }
    return ended;
  }
  [[nodiscard]] SessionOptions session() const {
    return {.broker = config.listeners[0].at, .client_id = "test"};
  }

 private:
  RandomOracle oracle_;
  std::string start_failure_;
  World world_;
};

}  // namespace weir
