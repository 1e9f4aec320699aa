#include "scenarios/coordination_run.h"

#include <fmt/core.h>

#include <optional>
#include <set>

#include "broker/coordination/coordinator.h"
#include "broker/coordination/first_start.h"
#include "scenarios/ensemble_watch.h"
#include "scenarios/plan_run.h"
#include "scenarios/workloads/znodes.h"

namespace weir {
namespace {

constexpr Site kComponent{"run"};
constexpr Site kLost{"lost_servers"};
constexpr std::string_view kDirectory = "coordination";
constexpr uint16_t kClientPort = 2181;
constexpr uint16_t kPeerPort = 2888;
constexpr Duration kConvergeWithin = seconds(30);
// What a client may need before it asks again: its backoff, a connect that is not answered.
constexpr Duration kClientsComeBack = seconds(5);

CoordinatorConfig config_of(const Plan& plan, uint32_t node) {
  CoordinatorConfig config;
  config.listeners = {{World::address_of(node), kClientPort}};
  config.tick = plan.session_tick;
  config.snapshot_count = plan.snapshot_count;
  config.snapshots_kept = plan.snapshots_kept;
  config.autocreate = plan.autocreate;
  config.outstanding_limit = plan.queued_max_requests;
  if (!plan.is_ensemble()) return config;
  config.id = ServerId{node};
  for (uint32_t i = 1; i <= plan.servers; ++i) {
    config.servers.push_back({ServerId{i}, {World::address_of(i), kPeerPort}});
  }
  config.engine = plan.zab ? ConsensusEngine::zab : ConsensusEngine::raft;
  config.election_timeout = plan.election_timeout;
  config.heartbeat_interval = plan.heartbeat_interval;
  return config;
}

std::vector<Endpoint> services_of(const Plan& plan) {
  std::vector<Endpoint> services;
  for (uint32_t node = 1; node <= plan.servers; ++node) {
    services.push_back({World::address_of(node), kClientPort});
  }
  return services;
}

class CoordinationRun final : public PlanRun {
 public:
  CoordinationRun(const Plan& plan, const RunOptions& options)
      : PlanRun(plan, options, {}, {}), services_(services_of(plan)), watch_(plan), quorum_(*this) {
    for (uint32_t node = 1; plan.is_ensemble() && node <= plan.servers; ++node) {
      world_.node(node).on_product_event = [this, node](const Site& site, const auto& values) {
        told(node, site, values);
      };
    }
    if (plan.lost_servers > 0) world_.simulator().at(plan.lost_at.ns(), quorum_, 0);
    if (options.on_world) options.on_world(world_);
  }

 private:
  void boot_server(uint32_t node) override {
    ensemble_.down(node);
    if (marked_.insert(node).second) mark_as_new(world_.node(node).disk());
    world_.node(node).boot([this, node, config = config_of(plan_, node)](Env& env, Event& stop) {
      const auto result = await_run_coordinator(env, stop, config);
      server_ended(node, result ? "" : result.error());
    });
  }
  void await_client(Env& env, uint32_t index) override {
    await_run_znode_workload(env, plan_, services_, index, plan_.client_nodes, progress_);
  }
  uint32_t leader() override { return led_last_; }

  void told(uint32_t node, const Site& site, const std::array<uint64_t, 4>& values) {
    const size_t before = ensemble_.committed();
    if (!watch_.told(node, site, values)) return;
    if (const uint32_t leader = ensemble_.leader(); leader != 0) led_last_ = leader;
    if (progress_.healed && !served_again_ns_ && ensemble_.committed() > before) {
      served_again_ns_ = world_.simulator().now_ns();
    }
  }
  void damaged(uint32_t node, const DiskDamage& damage) override {
    if (damage.cause == DamageCause::wiped) ensemble_.wiped(node);
  }

  // Takes servers away at lost_at: in every other run the leader is among them.
  struct Quorum final : weir::EventTarget {
    explicit Quorum(CoordinationRun& run) : of(run) {}
    void on_event(uint64_t /*argument*/) override { of.lose_servers(); }
    CoordinationRun& of;
  };
  void lose_servers() {
    Stream stream = world_.simulator().stream(kComponent, 0, kLost);
    uint32_t next =
        stream.below(2) == 0 ? led_last_ : 1 + static_cast<uint32_t>(stream.below(plan_.servers));
    for (uint32_t taken = 0; taken < plan_.lost_servers; ++taken) {
      while (lost_.contains(next)) next = 1 + static_cast<uint32_t>(stream.below(plan_.servers));
      lost_.insert(next);
      if (plan_.lost_ways == 0) {
        take_away(next);
        ensemble_.down(next);
      }
    }
    for_each_cut([this](uint32_t from, uint32_t to) { world_.network().cut(from, to); });
    lost_at_ = progress_.time;
  }
  template <class Visit>
  void for_each_cut(Visit visit) {
    for (const uint32_t lost : lost_) {
      for (uint32_t other = 1; other <= plan_.servers; ++other) {
        if (other == lost) continue;
        if ((plan_.lost_ways & 1) != 0) visit(other, lost);
        if ((plan_.lost_ways & 2) != 0) visit(lost, other);
      }
    }
  }

  void healed() override {
    if (plan_.lost_servers > 0 && !plan_.keeps_quorum()) {
      back_at_ = progress_.time;
      for_each_cut([this](uint32_t from, uint32_t to) { world_.network().heal(from, to); });
      for (const uint32_t node : lost_) {
        if (is_away(node)) give_back(node);
      }
      lost_.clear();
    }
    progress_.healed = true;
  }

  // Whoever was not lost gets everything, in the end.
  void finish() override {
    if (!plan_.is_ensemble()) return;
    const int64_t bound = world_.simulator().now_ns() + kConvergeWithin.ns();
    while (behind().has_value() && world_.simulator().step(bound)) {
    }
    behind_ = behind();
  }
  [[nodiscard]] std::optional<uint32_t> behind() const {
    for (uint32_t node = 1; node <= plan_.servers; ++node) {
      if (!lost_.contains(node) && ensemble_.position(node) < ensemble_.committed()) return node;
    }
    return std::nullopt;
  }

  void judge() override {
    if (plan_.is_ensemble()) judge_ensemble();
    for (const ZnodeAnomaly& anomaly : check_znode_history(progress_.history)) {
      add(VerdictKind::history, anomaly.kind, anomaly.sentence);
    }
    if (lost_at_ > 0 && !plan_.keeps_quorum()) {
      for (const ZnodeAnomaly& anomaly :
           check_nothing_decided(progress_.history, lost_at_, back_at_)) {
        add(VerdictKind::invariant, anomaly.kind, anomaly.sentence);
      }
    }
    for (const ZnodeOperation& op : progress_.history.operations) {
      if (op.action == ZnodeAction::read) {
        record_.read += op.outcome == ZnodeOutcome::ok ? 1 : 0;
      } else {
        record_.acked += op.outcome == ZnodeOutcome::ok ? 1 : 0;
        record_.failed += op.outcome == ZnodeOutcome::failed ? 1 : 0;
        record_.unknown += op.outcome == ZnodeOutcome::unknown ? 1 : 0;
      }
    }
  }

  void judge_ensemble() {
    for (const EnsembleAnomaly& anomaly : ensemble_.anomalies()) {
      add(VerdictKind::invariant, anomaly.kind, anomaly.sentence);
    }
    if (behind_) {
      add(VerdictKind::liveness, "converge",
          fmt::format("server {} has applied {} of {} transactions {} s after the last of them",
                      *behind_, ensemble_.position(*behind_), ensemble_.committed(),
                      kConvergeWithin.ms() / 1000));
    }
    const Duration bound =
        plan_.election_timeout * 10 + plan_.session_timeout * 2 + kClientsComeBack;
    const int64_t healed_ns = plan_.heal_at.ns();
    if (!served_again_ns_ || *served_again_ns_ > healed_ns + bound.ns()) {
      add(VerdictKind::liveness, "election",
          fmt::format("nothing was committed within {} ms after everything had healed",
                      bound.ms()));
    }
  }

  // What an operator does before the first start.
  static void mark_as_new(DiskImage& disk) {
    CHECK(disk.create_directory(kDirectory).ok());
    CHECK(disk.open(fmt::format("{}/{}", kDirectory, kInitializeMarker), OpenMode::create).ok());
    for (const std::string_view each : {std::string_view{}, kDirectory}) {
      DiskDirectory& directory = **disk.directory(each);
      directory.make_durable(directory.journal_mark());
    }
  }

  const std::vector<Endpoint> services_;
  std::set<uint32_t> marked_;
  ZnodeProgress progress_;
  EnsembleWatch watch_;
  EnsembleOracle& ensemble_ = watch_.oracle;
  uint32_t led_last_ = Plan::kBroker;
  std::optional<int64_t> served_again_ns_;  // what was committed first after the healing
  Quorum quorum_;
  std::set<uint32_t> lost_;         // and not back
  std::optional<uint32_t> behind_;  // of those that were not, in the end
  int64_t lost_at_ = 0;             // by the history's clock
  int64_t back_at_ = 0;
};

}  // namespace

RunRecord run_coordination_plan(const Plan& plan, const RunOptions& options) {
  return CoordinationRun(plan, options).run();
}

}  // namespace weir
