// SimCoordinator: a coordination service in a simulated world with two machines for clients.
#pragma once

#include "broker/coordination/client/client.h"
#include "broker/coordination/coordinator.h"
#include "sim/fiber/gate.h"
#include "sim/world/world.h"

namespace weir {

// What a client was told, in order.
class Told final : public ZooKeeperEvents {
 public:
  void await_session_event(SessionEvent event, SessionId /*session*/) override {
    static constexpr const char* kNames[] = {"connected", "disconnected", "expired"};
    all.emplace_back(kNames[static_cast<size_t>(event)]);
  }
  void await_znode_event(ZkEvent event, const std::string& path) override {
    static constexpr const char* kNames[] = {"", "created", "removed", "data", "children"};
    all.push_back(std::string(kNames[static_cast<size_t>(event)]) + " " + path);
  }
  std::vector<std::string> all;
};

// A client with its two fibers; closes its session at the end unless it is abandoned.
class RunningClient {
 public:
  RunningClient(Env& env, const Endpoint& server, const std::string& chroot = {},
                Duration session_timeout = seconds(4))
      : gate_(env.scheduler),
        client(env, {.connect = {{server}, chroot}, .session_timeout = session_timeout}, told) {
    static constexpr Site kRun{"test.client_run"};
    static constexpr Site kDeliver{"test.client_deliver"};
    spawn_in(gate_, env.scheduler, kRun, [this] { client.await_run(); });
    spawn_in(gate_, env.scheduler, kDeliver, [this] { client.await_deliver(); });
  }
  void await_close() {
    client.await_close();
    gate_.await_close();
  }
  void await_abandon() {
    client.abandon();
    gate_.await_close();
  }

 private:
  Gate gate_;

 public:
  Told told;
  ZooKeeperClient client;
};

class SimCoordinator {
 public:
  explicit SimCoordinator(uint64_t key) : world_(key, oracle_, {}) {
    config.listeners = {{World::address_of(1), 2181}};
    for (int i = 0; i < 3; ++i) world_.add_node({});
  }

  // Change it before boot().
  CoordinatorConfig config;

  World& world() { return world_; }
  SimNode& server() { return world_.node(1); }
  [[nodiscard]] Endpoint at() const { return config.listeners[0]; }
  [[nodiscard]] const std::string& failure() const { return failure_; }

  void boot() {
    server().boot([this](Env& env, Event& stop) {
      const auto result = await_run_coordinator(env, stop, config);
      if (!result) failure_ = result.error();
    });
  }
  // Runs `body` on machine 2 or 3; true when it has ended within `bound` of virtual time.
  bool run_client(const std::function<void(Env&)>& body, uint32_t machine = 2,
                  Duration bound = seconds(300)) {
    start_client(body, machine);
    return step_until([&] { return !world_.node(machine).running(); }, bound);
  }
  void start_client(std::function<void(Env&)> body, uint32_t machine = 2) {
    SimNode& node = world_.node(machine);
    if (!node.reap()) node.kill();
    node.boot([body = std::move(body)](Env& env, Event& /*stop*/) { body(env); });
  }
  bool step_until(const std::function<bool()>& condition, Duration bound = seconds(300)) {
    const int64_t until = world_.simulator().now_ns() + bound.ns();
    while (!condition()) {
      if (!world_.simulator().step(until)) return condition();
    }
    return true;
  }
  void step_for(Duration duration) {
    step_until([] { return false; }, duration);
  }

 private:
  RandomOracle oracle_;
  std::string failure_;
  World world_;
};

}  // namespace weir
