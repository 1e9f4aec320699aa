// Zab over a network that loses, doubles and reorders, on machines that die and forget: the checks
// of CoreCluster hold in every run, and find every rule that is broken.
#include "tests/support/test_pch.h"

#include "tests/coordination/core_run.h"

namespace weir {
namespace {

using ZabRun = CoreRun<ZabEngine>;

}  // namespace

TEST_CASE("Zab is safe whatever the network and the machines do, and goes on afterwards") {
  uint64_t committed = 0;
  uint64_t epochs = 0;
  uint64_t answered = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    ZabRun run(seed, seed % 3 == 0 ? 5 : 3, {});
    run.live(2'000);
    run.converge();
    INFO("seed " << seed);
    if (!run.cluster().violation().empty()) FAIL(run.cluster().violation());
    REQUIRE(run.converged());
    committed += run.cluster().committed().size();
    epochs += run.cluster().core(0).term();
    for (const ReadAnswer& read : run.cluster().reads()) answered += read.at ? 1 : 0;
  }
  WARN("committed " << committed << " epochs " << epochs << " answered " << answered);
}

}  // namespace weir
