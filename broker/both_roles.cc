#include "broker/both_roles.h"

#include "broker/broker.h"
#include "broker/coordination/coordinator.h"
#include "sim/fiber/gate.h"

namespace weir {

constexpr Site kCoordinator{"broker.coordinator"};

Result<Done, std::string> await_run_both(Env& env, Event& stop, const BrokerConfig& config,
                                         ConfigReload* reload) {
  if (env.shards.self() != 0) return await_run_broker(env, stop, config, reload);
  Event stop_coordinator(env.scheduler);
  Result<Done, std::string> coordinated = Done{};
  Gate gate(env.scheduler);
  spawn_in(gate, env.scheduler, kCoordinator, [&] {
    coordinated = await_run_coordinator(env, stop_coordinator, config.coordinator);
    stop.set();
  });
  const auto served = await_run_broker(env, stop, config, reload);
  stop_coordinator.set();
  gate.await_close();
  return served ? coordinated : served;
}

}  // namespace weir
