#include "tests/broker/crash_points/machine.h"

namespace weir {
namespace {
constexpr Site kLogOpened{"log.opened"};
constexpr uint64_t kWorldKey = 20'26;

NetworkOptions plain_network() {
  NetworkOptions options;
  options.short_read_per_million = options.short_write_per_million = 0;
  return options;
}

}  // namespace

Machine::Machine(Promises& promises, const MachineOptions& options)
    : promises_(promises),
      oracle_(options.order == 0),
      world_(kWorldKey + options.order, oracle_, plain_network()) {
  world_.add_node({.shards = options.shards, .disk = {.slow_sync_per_million = 0}});
  world_.add_node({});
  world_.buggify().configure({.on_per_million = options.small_limits ? 1'000'000U : 0U,
                              .fires_per_million = 0,
                              .planted_id = options.planted_bug});
  server().disk_faults().short_io.per_million = 0;
  server().on_product_event = [this](const Site& site, const std::array<uint64_t, 4>& values) {
    if (site.id != kLogOpened.id) return;
    const auto log = logs_.find(values[0]);
    if (log != logs_.end()) promises_.check_producers(log->second, values[3], disk());
  };
}

void Machine::boot(const Program& program) {
  server().boot([this, program](Env& env, Event& stop) {
    BoundaryDisk disk(env.disk, Boundary(cut_, env.scheduler));
    Env bounded{env.clock, env.scheduler, env.network, disk,       env.random,
                env.trace, env.log,       env.shards,  env.buggify};
    program(bounded, stop);
  });
}

void Machine::step_until(const std::function<bool()>& ended) {
  Simulator& simulator = world_.simulator();
  const int64_t until = simulator.now_ns() + seconds(300).ns();
  while (!ended() && !struck()) {
    if (simulator.step(until)) continue;
    promises_.violated("the process has not ended");
    return server().kill();
  }
}

void Machine::run(const std::function<void(Env&)>& body) {
  boot([&body](Env& env, Event& /*stop*/) { body(env); });
  step_until([this] { return !server().running(); });
  if (!struck()) server().reap();
}

void Machine::serve(const Program& program, const std::function<void(Env&)>& client) {
  boot(program);
  bool done = false;
  world_.node(kClients).boot([&](Env& env, Event& /*stop*/) {
    client(env);
    done = true;
  });
  step_until([&] { return done || !server().running(); });
  world_.node(kClients).kill();
  if (struck()) return;
  server().request_stop();
  step_until([this] { return !server().running(); });
  if (!struck()) server().reap();
}

uint64_t Machine::crash(const CrashMode& mode) {
  oracle_.set(mode);
  promises_.crashed(mode.process_only ? CrashKind::process_killed : CrashKind::power_lost);
  if (mode.process_only) {
    server().kill();
  } else {
    server().disk_faults().crash = oracle_.law();
    server().lose_power();
  }
  return oracle_.changes();
}

uint64_t Machine::medium_digest() {
  uint64_t hash = 0;
  disk().for_each_file([&hash](const std::string& path, const DiskFile& file) {
    hash = fold64(fold64(hash, fnv1a(path)), digest(file.content()));
    hash = fold64(hash, digest(file.durable()));
  });
  return hash;
}

}  // namespace weir
