#include "scenarios/plan_run.h"

#include <fmt/core.h>

#include "sim/world/schedule/schedule_oracle.h"

namespace weir {
namespace {

constexpr Site kHealed{"run.healed"};
constexpr Site kComponent{"run"};
constexpr Site kSchedule{"schedule"};
constexpr Site kFirstStart{"first_start"};
constexpr Site kWorkloadDone{"run.workload_done"};
// A run has some ten thousand events. One with so many goes round in circles.
constexpr uint64_t kMostEvents = 3'000'000;
constexpr Duration kStopBound = seconds(30);
constexpr Duration kRestartAfter = milliseconds(100);

std::unique_ptr<ChoiceOracle> schedule_of(const Plan& plan) {
  const auto choice = parse_schedule(plan.schedule);
  CHECK_MSG(choice.ok(), "a plan's schedule is looked at when it is read");
  return make_schedule_oracle(*choice, Stream(plan.choices_key, kComponent, 0, kSchedule));
}

}  // namespace

PlanRun::PlanRun(const Plan& plan, const RunOptions& options, const NetworkOptions& network,
                 const NodeOptions& server)
    : plan_(plan),
      nodes_(plan.servers),
      scheduler_(schedule_of(plan)),
      world_(plan.choices_key, options.oracle != nullptr ? *options.oracle : *scheduler_, network,
             options.stacks) {
  for (uint32_t i = 0; i < plan.servers; ++i) world_.add_node(server).log_sink = options.log_sink;
  for (uint32_t i = 0; i < plan.client_nodes; ++i) world_.add_node({}).log_sink = options.log_sink;
  world_.buggify().configure({.on_per_million = plan.buggify_on_per_million,
                              .fires_per_million = plan.buggify_fires_per_million,
                              .planted_id = fnv1a("bug." + plan.planted_bug)});
  world_.simulator().trace().set_sink(options.sink);
  std::vector<uint32_t> servers;
  for (uint32_t node = 1; node <= plan.servers; ++node) {
    world_.node(node).disk_faults().crash.sector_bytes = plan.sector_bytes;
    servers.push_back(node);
  }
  FaultHooks hooks;
  hooks.boot = [this](uint32_t node) { start(node); };
  hooks.leader = [this] { return leader(); };
  hooks.on_power_lost = [this](uint32_t) { power_lost(); };
  hooks.on_damage = [this](uint32_t node, const DiskDamage& damage) { damaged(node, damage); };
  schedule_ = std::make_unique<FaultSchedule>(world_, plan.faults, std::move(servers), hooks);
}

RunRecord PlanRun::run() {
  Simulator& simulator = world_.simulator();
  schedule_->start();
  for (uint32_t i = 0; i < plan_.client_nodes; ++i) {
    world_.node(plan_.servers + 1 + i).boot([this, i](Env& env, Event& /*stop*/) {
      await_client(env, i);
      env.trace.event(kWorkloadDone);
      ++clients_done_;
    });
  }
  simulator.run_until(plan_.heal_at.ns());
  schedule_->heal_all();
  simulator.trace().record(simulator.now_ns(), 0, 0, kHealed);
  healed();
  const int64_t bound = (plan_.heal_at + plan_.settle_within).ns();
  while (clients_done_ < plan_.client_nodes && simulator.step(bound)) {
    if (simulator.event_count() > kMostEvents) break;
  }
  if (workload_is_done()) {
    finish();
    stop_servers();
  }
  judge_liveness();
  judge();
  fill_in_counts();
  if (record_.findings.empty() && record_.acked == 0) {
    add(VerdictKind::vacuous, "no acks",
        fmt::format("not one {} was acknowledged", plan_.coordination ? "change" : "record"));
  }
  if (!record_.findings.empty()) record_.verdict = record_.findings.front().kind;
  return std::move(record_);
}

// The first time at any moment up to start_within, then at once.
void PlanRun::start(uint32_t node) {
  Server& server = nodes_.at(node - 1);
  if (server.away) return;
  if (std::exchange(server.started, true) || plan_.start_within == Duration{}) return boot(node);
  server.restart_pending = true;
  Stream stream = world_.simulator().stream(kComponent, node, kFirstStart);
  const auto wait = static_cast<int64_t>(stream.below(static_cast<uint64_t>(plan_.start_within.ns())));
  world_.simulator().at(world_.simulator().now_ns() + wait, *this, node);
}

void PlanRun::boot(uint32_t node) {
  nodes_.at(node - 1).start_failure.clear();
  nodes_.at(node - 1).restart_pending = false;
  boot_server(node);
}

void PlanRun::server_ended(uint32_t node, std::string failure) {
  nodes_.at(node - 1).start_failure = std::move(failure);
  restart_soon(node);  // also after an orderly stop that took longer than it was planned for
}

void PlanRun::restart_soon(uint32_t node) {
  if (std::exchange(nodes_.at(node - 1).restart_pending, true)) return;
  world_.simulator().at(world_.simulator().now_ns() + kRestartAfter.ns(), *this, node);
}

void PlanRun::on_event(uint64_t argument) {
  const auto node = static_cast<uint32_t>(argument);
  Server& server = nodes_.at(node - 1);
  SimNode& machine = world_.node(node);
  // A fault may have booted it meanwhile, or taken its power.
  if (!std::exchange(server.restart_pending, false)) return;
  if (server.away || stopping_ || !machine.powered()) return;
  if (!machine.reap()) machine.kill();
  boot(node);
}

void PlanRun::take_away(uint32_t node) {
  nodes_.at(node - 1).away = true;
  nodes_.at(node - 1).start_failure.clear();
  world_.node(node).lose_power();
  power_lost();
}

void PlanRun::give_back(uint32_t node) {
  nodes_.at(node - 1).away = false;
  boot(node);
}

// The orderly stop is part of the run: it must end, too.
void PlanRun::stop_servers() {
  stopping_ = true;
  const auto running = [this] {
    bool any = false;
    for (uint32_t node = 1; node <= plan_.servers; ++node) any |= world_.node(node).running();
    return any;
  };
  for (uint32_t node = 1; node <= plan_.servers; ++node) {
    if (world_.node(node).running()) world_.node(node).request_stop();
  }
  const int64_t bound = world_.simulator().now_ns() + kStopBound.ns();
  while (running() && world_.simulator().step(bound)) {
  }
  if (running()) add(VerdictKind::liveness, "stop", "the server did not stop in order within 30 s");
  stopped();
}

void PlanRun::judge_liveness() {
  for (const Server& server : nodes_) {
    if (server.start_failure.empty()) continue;
    return add(VerdictKind::liveness, "start", "the server did not start: " + server.start_failure);
  }
  if (workload_is_done()) return;
  const bool busy = world_.simulator().event_count() > kMostEvents;
  add(VerdictKind::liveness, busy ? "livelock" : "workload",
      busy ? fmt::format("the workload was not done after {} events", kMostEvents)
           : fmt::format("the workload was not done {} s after the last fault",
                         plan_.settle_within.ms() / 1000));
}

void PlanRun::fill_in_counts() {
  record_.plan = plan_;
  record_.hash = world_.simulator().trace().hash();
  record_.trace_events = world_.simulator().trace().count();
  record_.virtual_ns = world_.simulator().now_ns();
  record_.faults = schedule_->counts();
  record_.happened = schedule_->as_they_happened();
  for (const auto& [id, count] : world_.buggify().probes()) {
    record_.probes[std::string(count.site->name)] = count.asked;
  }
  for (const auto& [id, count] : world_.buggify().points()) {
    if (count.fired > 0) record_.buggified[std::string(count.site->name)] = count.fired;
  }
}

}  // namespace weir
