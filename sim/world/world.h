// World: a simulator, its network and its machines; what a test or a scenario sets up first.
//
//   RandomOracle oracle;
//   World world(key, oracle, {});
//   SimNode& broker = world.add_node({.shards = 3});     // node 1, address 10.0.0.1
//   broker.boot(program);
//   world.simulator().run_until(...);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/world/sim_node.h"

namespace weir {

class World {
 public:
  World(uint64_t key, ChoiceOracle& oracle, NetworkOptions network, StackPool* stacks = nullptr)
      : simulator_(key, oracle, stacks), network_(simulator_, network), buggify_(simulator_) {}
  ~World() {
    // Processes first, the youngest machine first: their handles reach into network and disks.
    while (!nodes_.empty()) nodes_.pop_back();
  }

  static std::string address_of(uint32_t node) { return "10.0.0." + std::to_string(node); }

  SimNode& add_node(NodeOptions options) {
    const auto id = static_cast<uint32_t>(nodes_.size() + 1);
    network_.add_host(id, address_of(id));
    nodes_.push_back(std::make_unique<SimNode>(simulator_, network_, buggify_, id, options));
    return *nodes_.back();
  }
  SimNode& node(uint32_t id) { return *nodes_.at(id - 1); }
  [[nodiscard]] uint32_t node_count() const { return static_cast<uint32_t>(nodes_.size()); }
  Simulator& simulator() { return simulator_; }
  SimNetwork& network() { return network_; }
  SimBuggify& buggify() { return buggify_; }

 private:
  Simulator simulator_;
  SimNetwork network_;
  SimBuggify buggify_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
};

}  // namespace weir
