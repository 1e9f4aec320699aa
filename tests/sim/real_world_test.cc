// The conformance suite on the real world: level- and edge-triggered, on one shard and on several.
#include "tests/support/test_pch.h"

#include "sim/real/real_process.h"
#include "tests/sim/conformance.h"
#include "tests/sim/temporary_directory.h"

namespace weir {
namespace {

void run_suite(bool edge_triggered, uint32_t shards) {
  for (const ConformanceCase& each : conformance_cases()) {
    SECTION(each.name) {
      const TemporaryDirectory directory;
      const RunWorld world = [&](uint32_t count, const Program& program) {
        const RealOptions options{.shards = count,
                                  .root_directory = directory.path(),
                                  .edge_triggered = edge_triggered,
                                  .handle_signals = false};
        REQUIRE(run_process(options, program) == 0);
      };
      REQUIRE(run_case(world, shards, each) == std::vector<std::string>{});
    }
  }
}

}  // namespace

TEST_CASE("conformance: level-triggered, 1 shard") { run_suite(false, 1); }
TEST_CASE("conformance: level-triggered, 3 shards") { run_suite(false, 3); }
TEST_CASE("conformance: edge-triggered, 1 shard") { run_suite(true, 1); }
TEST_CASE("conformance: edge-triggered, 3 shards") { run_suite(true, 3); }

}  // namespace weir
