// weir-sim with code under test that crashes or hangs on purpose; for cli_test.py.
#include "scenarios/host/command_line.h"

namespace {

using namespace weir;  // NOLINT

// Runs `body` on a machine of its own some time into every run whose choices_key is even.
std::function<void(World&)> on_half_of_the_runs(void (*body)()) {
  return [body](World& world) {
    Stream coin = world.simulator().stream(Site{"test.hook"}, 0, Site{"test.coin"});
    if (coin.below(2) == 0) return;
    world.add_node({}).boot([body](Env& env, Event&) {
      await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
      body();
    });
  };
}

}  // namespace

int main(int argc, char** argv) {
  return weir_sim_main(
      argc, argv,
      {{"crash", on_half_of_the_runs([] { CHECK_MSG(1 + 1 == 3, "planted crash"); })},
       {"hang", on_half_of_the_runs([] {
          for (volatile bool forever = true; forever;) {
          }
        })}});
}
