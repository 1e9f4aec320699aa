#include "sim/world/sim_node.h"

namespace weir {
namespace {
constexpr Site kComponent{"node"};
constexpr Site kCrashPurpose{"crash"};
constexpr Site kMain{"main"};
constexpr Site kBoot{"node.boot"};
constexpr Site kKill{"node.kill"};
constexpr Site kPowerLoss{"node.power_loss"};
constexpr Site kStop{"node.stop"};
constexpr Site kPause{"node.pause"};
constexpr Site kResume{"node.resume"};
constexpr Site kSlowDown{"node.slow_down"};
constexpr Site kClockChanged{"node.clock_changed"};
}  // namespace

SimProcess::SimProcess(SimNode& node, uint64_t life, const Program& program)
    : node_(node), life_(life) {
  for (uint32_t i = 0; i < node.options().shards; ++i) {
    shards_.push_back(std::make_unique<SimShard>(*this, i, node.port(i)));
    stop_events_.push_back(std::make_unique<Event>(shards_[i]->loop()));
  }
  for (uint32_t i = 0; i < node.options().shards; ++i) {
    shards_[i]->loop().spawn(kMain, [this, program, i] {
      program(shards_[i]->env(), *stop_events_[i]);
      ++returned_;
    });
  }
}

SimProcess::~SimProcess() {
  for (;;) {
    SimShard* holder = nullptr;
    uint64_t youngest = 0;
    for (const auto& shard : shards_) {
      if (shard->loop().youngest() > youngest) {
        youngest = shard->loop().youngest();
        holder = shard.get();
      }
    }
    if (holder == nullptr) return;
    holder->loop().kill_youngest();
  }
}

void SimProcess::reschedule_timers() {
  for (const auto& shard : shards_) shard->reschedule_timer();
}

void SimProcess::request_stop() {
  for (const auto& event : stop_events_) event->set();
}

SimNode::SimNode(Simulator& simulator, SimNetwork& network, SimBuggify& buggify, uint32_t id,
                 NodeOptions options)
    : simulator_(simulator),
      network_(network),
      buggify_(buggify),
      id_(id),
      options_(options),
      clock_(simulator),
      crash_stream_(simulator.stream(kComponent, id, kCrashPurpose)) {
  for (uint32_t i = 0; i < options.shards; ++i) ports_.push_back(std::make_unique<ShardPort>());
}

SimNode::~SimNode() = default;

void SimNode::boot(Program program) {
  CHECK_MSG(!running(), "booted while a process runs");
  process_.reset();
  resume();
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kBoot, options_.shards);
  if (!network_.is_up(id_)) network_.set_up(id_, true);
  process_ = std::make_unique<SimProcess>(*this, lives_++, program);
}

void SimNode::kill() {
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kKill);
  process_.reset();
  disk_.unlock_all();
}

CrashLosses SimNode::lose_power() {
  network_.set_up(id_, false);
  process_.reset();
  const CrashLosses losses = disk_.lose_power([this](const Site& site, uint64_t n) {
    return simulator_.choose(site, crash_stream_, n);
  }, disk_faults_);
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kPowerLoss, losses.volatile_sectors,
                            losses.lost_sectors, losses.volatile_names, losses.lost_names);
  return losses;
}

void SimNode::pause() {
  if (paused_) return;
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kPause);
  paused_ = true;
  for (const auto& port : ports_) port->pause();
}

void SimNode::resume() {
  if (!paused_) return;
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kResume);
  paused_ = false;
  for (const auto& port : ports_) port->resume(simulator_);
}

void SimNode::slow_down(int64_t factor) {
  CHECK(factor >= 1);
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kSlowDown, static_cast<uint64_t>(factor));
  cpu_slowdown_ = factor;
}

void SimNode::clock_changed() {
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kClockChanged,
                            static_cast<uint64_t>(clock_.now().ns()),
                            static_cast<uint64_t>(clock_.wall_now().value()));
  if (process_) process_->reschedule_timers();
}

void SimNode::request_stop() {
  simulator_.trace().record(simulator_.now_ns(), id_, 0, kStop);
  if (process_) process_->request_stop();
}

bool SimNode::reap() {
  if (process_ && process_->ended()) process_.reset();
  return process_ == nullptr;
}

}  // namespace weir
