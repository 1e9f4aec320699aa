// SimEnsemble: three coordination services in a simulated world, machines 1 to 3, and machine 4 for clients.
#pragma once

#include <array>

#include "tests/coordination/sim_coordinator.h"

namespace weir {

class SimEnsemble {
 public:
  static constexpr uint32_t kServers = 3;
  static constexpr uint32_t kClient = 4;

  explicit SimEnsemble(uint64_t key) : world_(key, oracle_, {}) {
    for (uint32_t node = 1; node <= kServers; ++node) {
      world_.add_node({});
      config.servers.push_back({ServerId{node}, {World::address_of(node), 2888}});
      world_.node(node).on_product_event = [this, node](const Site& site, const auto& values) {
        told(node, site, values);
      };
    }
    world_.add_node({});
  }

  // Of all servers; change it before boot().
  CoordinatorConfig config;

  World& world() { return world_; }
  static Endpoint at(uint32_t node) { return {World::address_of(node), 2181}; }
  // What a server has applied, and which leads; 0: none.
  [[nodiscard]] uint64_t applied(uint32_t node) const { return applied_.at(node); }
  [[nodiscard]] uint32_t leader() const { return leader_; }
  [[nodiscard]] bool follows(uint32_t node) const { return role_.at(node) == 1; }

  void boot(uint32_t node) {
    CoordinatorConfig own = config;
    own.id = ServerId{node};
    own.listeners = {at(node)};
    world_.node(node).boot([own](Env& env, Event& stop) {
      const auto result = await_run_coordinator(env, stop, own);
      CHECK_MSG(result.ok(), result.ok() ? "" : result.error());
    });
  }
  // All of them, until one leads and the others follow.
  bool boot_all() {
    for (uint32_t node = 1; node <= kServers; ++node) boot(node);
    return step_until([this] { return leader_ != 0 && role_[1] + role_[2] + role_[3] == 4; });
  }
  void start_client(std::function<void(Env&)> body) {
    world_.node(kClient).boot([body = std::move(body)](Env& env, Event& /*stop*/) { body(env); });
  }
  bool client_has_ended() { return !world_.node(kClient).running(); }
  bool step_until(const std::function<bool()>& condition, Duration bound = seconds(60)) {
    const int64_t until = world_.simulator().now_ns() + bound.ns();
    while (!condition()) {
      if (!world_.simulator().step(until)) return condition();
    }
    return true;
  }

 private:
  void told(uint32_t node, const Site& site, const std::array<uint64_t, 4>& values) {
    if (site.name == "coordination.applied" || site.name == "coordination.restored") {
      applied_.at(node) = values[0];
    } else if (site.name == "coordination.role") {
      role_.at(node) = values[0];
      if (values[0] == 2) leader_ = node;
    }
  }

  RandomOracle oracle_;
  World world_;
  std::array<uint64_t, kServers + 1> applied_{};
  std::array<uint64_t, kServers + 1> role_{};
  uint32_t leader_ = 0;
};

}  // namespace weir
