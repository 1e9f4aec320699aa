// The conformance suite on the simulated world: the same cases as on the real one, over many keys.
#include "tests/support/test_pch.h"

#include "sim/world/world.h"
#include "tests/sim/conformance.h"

namespace weir {
namespace {

void run_suite(uint32_t shards, NetworkOptions network) {
  for (const ConformanceCase& each : conformance_cases()) {
    SECTION(each.name) {
      for (uint64_t key = 1; key <= 10; ++key) {
        INFO("key " << key);
        const RunWorld world_runner = [&](uint32_t count, const Program& program) {
          RandomOracle oracle;
          World world(key, oracle, network);
          SimNode& node = world.add_node({.shards = count, .shard_channel_slots = 1024});
          node.boot(program);
          while (!node.reap() && world.simulator().step(seconds(3'600).ns())) {
          }
          REQUIRE(node.reap());
        };
        REQUIRE(run_case(world_runner, shards, each) == std::vector<std::string>{});
      }
    }
  }
}

}  // namespace

TEST_CASE("conformance: simulated world, 1 shard") { run_suite(1, {}); }
TEST_CASE("conformance: simulated world, 3 shards") { run_suite(3, {}); }
TEST_CASE("conformance: simulated world that cuts nearly every read and write short") {
  run_suite(1, {.short_read_per_million = 900'000, .short_write_per_million = 900'000});
}

}  // namespace weir
