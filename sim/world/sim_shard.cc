#include "sim/world/sim_shard.h"

#include <algorithm>
#include <array>

#include "sim/world/sim_node.h"

namespace weir {
namespace {

constexpr Site kComponent{"shard"};
constexpr Site kPickPurpose{"pick"};
constexpr Site kCostPurpose{"cost"};
constexpr Site kDiskPurpose{"disk"};
constexpr Site kMessagePurpose{"message"};
constexpr Site kProductComponent{"product"};

constexpr Site kPickFiber{"cpu.pick_fiber"};
constexpr Site kTurnCost{"cpu.turn_cost"};
constexpr Site kMessageTime{"shard.message_time"};
constexpr Site kMessage{"shard.message"};
constexpr Site kShardFiber{"shard.message"};

constexpr Site kFullChannel{"sometimes.shards.channel_full"};
constexpr Site kBugDropped{"bug.cross-shard-message-dropped"};

constexpr size_t kPickWindow = 16;

// Streams of a shard are keyed by node, shard and life together: a process that starts again draws what
// it has not drawn before, as one in production does.
uint64_t where(SimProcess& process, uint32_t shard) {
  return (process.life() << 40) | (static_cast<uint64_t>(shard) << 32) | process.node().id();
}

}  // namespace

void ShardPort::on_event(uint64_t argument) {
  if (shard_ == nullptr || (argument >> 2) != epoch_) return;
  const auto kind = static_cast<Kind>(argument & 3);
  if (paused_) {
    missed_.push_back(kind);
  } else {
    shard_->on_port(kind);
  }
}

void ShardPort::resume(Simulator& simulator) {
  paused_ = false;
  constexpr int64_t kTimersLaterNs = 50'000;
  for (const Kind kind : std::exchange(missed_, {})) {
    schedule(simulator, simulator.now_ns() + (kind == timer ? kTimersLaterNs : 0), kind);
  }
}

// --- SimShards --------------------------------------------------------------------------------------

SimShards::SimShards(SimProcess& process, SimShard& shard, uint32_t index)
    : process_(process),
      shard_(shard),
      index_(index),
      unbound_(shard.loop()),
      senders_(shard.loop()) {}

uint32_t SimShards::count() const { return process_.shard_count(); }

void SimShards::bind(ShardRoot& root) {
  CHECK(root_ == nullptr);
  root_ = &root;
  while (!before_bind_.empty()) {
    Letter letter = std::move(before_bind_.front());
    before_bind_.pop_front();
    start(std::move(letter));
  }
}

void SimShards::await_unbind() {
  unbinding_ = true;
  while (running_ > 0) unbound_.await({});
  root_ = nullptr;
}

void SimShards::await_send(uint32_t to, ShardMessage message) {
  if (slots_used_[to] >= process_.node().options().shard_channel_slots) {
    SimBuggify& buggify = process_.node().buggify();
    buggify.reached(kFullChannel);
    if (buggify.is_planted(kBugDropped)) return;
  }
  while (slots_used_[to] >= process_.node().options().shard_channel_slots) senders_.await({});
  ++slots_used_[to];
  process_.shard(to).shards().post({.from = index_, .message = std::move(message), .answer = {}});
}

void SimShards::answer(uint32_t to, ShardAnswer answer) {
  process_.shard(to).shards().post({.from = index_, .message = {}, .answer = std::move(answer)});
}

// One inbox, in the order of arrival: what one shard sends to another is never overtaken.
void SimShards::post(Letter letter) {
  Simulator& simulator = shard_.simulator();
  last_arrival_ns_ =
      std::max(simulator.now_ns() + shard_.draw_message_ns(), last_arrival_ns_ + 1);
  letter.arrival_ns = last_arrival_ns_;
  inbox_.push_back(std::move(letter));
  shard_.port().schedule(simulator, last_arrival_ns_, ShardPort::message);
}

void SimShards::deliver_next() {
  CHECK(!inbox_.empty());
  Letter letter = std::move(inbox_.front());
  inbox_.pop_front();
  shard_.simulator().trace().record(shard_.simulator().now_ns(), process_.node().id(), 0, kMessage,
                                    letter.from, index_, letter.message ? 1 : 0);
  if (letter.answer) {
    letter.answer();
  } else if (root_ == nullptr && !unbinding_) {
    before_bind_.push_back(std::move(letter));
  } else {
    start(std::move(letter));
  }
}

// Which fiber gets its first turn next is a choice, but messages start in the order they arrived: the
// fiber takes the oldest one when it runs.
void SimShards::start(Letter letter) {
  CHECK_MSG(root_ != nullptr, "a message arrived after its receiver was unbound");
  ++running_;
  to_start_.push_back(std::move(letter));
  shard_.loop().spawn(kShardFiber, [this] {
    Letter oldest = std::move(to_start_.front());
    to_start_.pop_front();
    oldest.message(*root_, *this);
    oldest.message.reset();
    if (--running_ == 0) unbound_.wake_all();
    process_.shard(oldest.from).shards().release_slot(index_);
  });
}

void SimShards::release_slot(uint32_t receiver) {
  CHECK(slots_used_[receiver] > 0);
  --slots_used_[receiver];
  senders_.wake_all();
}

// --- SimShard ---------------------------------------------------------------------------------------

SimShard::SimShard(SimProcess& process, uint32_t index, ShardPort& port)
    : process_(process),
      simulator_(process.node().simulator()),
      port_(port),
      loop_(*this, simulator_.stacks()),
      pick_stream_(simulator_.stream(kComponent, where(process, index), kPickPurpose)),
      cost_stream_(simulator_.stream(kComponent, where(process, index), kCostPurpose)),
      disk_stream_(simulator_.stream(kComponent, where(process, index), kDiskPurpose)),
      message_stream_(simulator_.stream(kComponent, where(process, index), kMessagePurpose)),
      tcp_(process.node().network(), loop_, process.node().id()),
      disk_({simulator_, loop_, process.node().clock(), process.node().disk(),
             process.node().disk_faults(),
             process.node().options().disk, disk_stream_, process.node().id()}),
      shards_(process, *this, index),
      env_{process.node().clock(), loop_, tcp_, disk_, *this, *this, *this, shards_,
           process.node().buggify()} {
  port_.attach(this);
}

SimShard::~SimShard() { port_.attach(nullptr); }

int64_t SimShard::draw_message_ns() {
  const CpuLaw& law = process_.node().options().cpu;
  return simulator_.choose_between(kMessageTime, message_stream_, law.message_min_ns,
                                   law.message_max_ns);
}

void SimShard::on_port(ShardPort::Kind kind) {
  switch (kind) {
    case ShardPort::turn:
      turn_scheduled_ = false;
      take_turn();
      break;
    case ShardPort::timer:
      if (simulator_.now_ns() >= timer_at_ns_) timer_at_ns_ = INT64_MAX;
      loop_.fire_timers(process_.node().clock().now());
      schedule_timer();
      break;
    case ShardPort::message: shards_.deliver_next(); break;
  }
}

void SimShard::take_turn() {
  charged_picos_ = 0;
  in_turn_ = true;
  loop_.run_one();
  in_turn_ = false;
  running_fiber_ = 0;
  const CpuLaw& law = process_.node().options().cpu;
  const int64_t cost =
      simulator_.choose_between(kTurnCost, cost_stream_, law.turn_min_ns, law.turn_max_ns) +
      charged_picos_ / 1'000;
  cpu_free_at_ns_ = simulator_.now_ns() + cost * process_.node().cpu_slowdown();
  if (loop_.runnable()) schedule_turn(cpu_free_at_ns_);
}

void SimShard::schedule_turn(int64_t not_before_ns) {
  if (turn_scheduled_) return;
  turn_scheduled_ = true;
  port_.schedule(simulator_, std::max(not_before_ns, cpu_free_at_ns_), ShardPort::turn);
}

void SimShard::schedule_timer() { on_earliest_deadline(loop_.next_deadline()); }

void SimShard::reschedule_timer() { schedule_timer(); }

uint64_t SimShard::next_fiber_id() { return process_.next_fiber_id(); }

size_t SimShard::pick_ready(size_t count) {
  std::array<FiberId, kPickWindow> ready;
  const size_t window = std::min(count, kPickWindow);
  for (size_t i = 0; i < window; ++i) {
    ready[i] = {process_.node().id(), shards_.self(), loop_.ready(i).id};
  }
  return simulator_.choose_fiber(kPickFiber, pick_stream_, {ready.data(), window});
}

void SimShard::on_runnable() {
  if (in_turn_) return;  // take_turn looks when it is over
  schedule_turn(simulator_.now_ns() + process_.node().options().cpu.wake_up_ns);
}

void SimShard::on_turn(const Fiber& fiber) {
  running_fiber_ = static_cast<uint32_t>(fiber.id);
  // A turn is an event of the fiber's own name.
  simulator_.trace().record(simulator_.now_ns(), process_.node().id(), running_fiber_, *fiber.name);
}

void SimShard::on_suspend(const Fiber& fiber) {
  if (process_.node().on_suspend) process_.node().on_suspend(fiber);
}

void SimShard::on_earliest_deadline(TimePoint deadline) {
  if (deadline == TimePoint::never()) return;
  const int64_t virtual_ns = process_.node().clock().virtual_ns(deadline);
  if (virtual_ns == ClockLine::kNever) return;
  const int64_t at_ns = std::max(virtual_ns, simulator_.now_ns());
  if (at_ns >= timer_at_ns_) return;
  timer_at_ns_ = at_ns;
  port_.schedule(simulator_, at_ns, ShardPort::timer);
}

void SimShard::charge(Work work, uint64_t amount) {
  const CpuLaw& law = process_.node().options().cpu;
  const int64_t weight = work == Work::compress_bytes ? 16 : work == Work::records ? 200 : 1;
  charged_picos_ += static_cast<int64_t>(amount) * law.picos_per_byte * weight;
}

uint64_t SimShard::choose(const Site& site, uint64_t n) {
  auto it = product_streams_.find(site.id);
  if (it == product_streams_.end()) {
    const Stream fresh = simulator_.stream(kProductComponent, where(process_, shards_.self()), site);
    it = product_streams_.emplace(site.id, fresh).first;
  }
  return simulator_.choose(site, it->second, n);
}

void SimShard::event(const Site& site, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  simulator_.trace().record(simulator_.now_ns(), process_.node().id(), running_fiber_, site, a, b, c,
                            d);
  if (process_.node().on_product_event) process_.node().on_product_event(site, {a, b, c, d});
}

bool SimShard::enabled(LogLevel /*level*/) const {
  return static_cast<bool>(process_.node().log_sink);
}

void SimShard::write(LogLevel level, std::string_view component, std::string_view line) {
  process_.node().log_sink(process_.node().id(), level, component, line);
}

}  // namespace weir
