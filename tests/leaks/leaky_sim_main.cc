// weir-sim with the leaks planted: `leaky-sim verify power-loss --seeds 1..20 --plant leak-...`.
// Each plant is a third machine in the scenario that runs the leaking code now and then.
#include "scenarios/host/command_line.h"
#include "sim/fiber/wait.h"
#include "tests/leaks/leaks.h"

namespace weir {
namespace {

// Booted when the world stands; for long enough to be in the middle of everything else.
auto plant(void (*code)(Env&)) {
  return [code](World& world) {
    world.add_node({}).boot([code](Env& env, Event& /*stop*/) {
      for (int i = 0; i < 10; ++i) {
        await_sleep(env.scheduler, env.clock.now() + milliseconds(100));
        code(env);
      }
    });
  };
}

PlantedHooks leaks() {
  return {
      {"control", plant(wake_sessions_in_order_of_ids)},
      {"leak-pointer-set", plant(wake_sessions_in_order_of_addresses)},
      {"leak-stack-addresses", plant(wake_in_order_of_stack_addresses)},
      {"leak-pointer-hash", plant(fetch_in_order_of_a_pointer_hash)},
      {"leak-unset-heap", plant(copy_epoch_from_unset_heap)},
      {"leak-unset-stack", plant(read_short_header_on_the_stack)},
      {"leak-real-clock", plant(expire_by_the_real_clock)},
      {"leak-random-device", plant(jitter_from_random_device)},
      {"leak-thread", plant(compact_on_a_thread)},
      {"leak-static-state", plant(number_sessions_statically)},
      {"leak-readdir-order", plant(recover_in_readdir_order)},
      {"leak-locale", plant(measure_names_by_locale)},
      {"leak-environment", plant(configure_from_environment)},
  };
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) { return weir::weir_sim_main(argc, argv, weir::leaks()); }
