// SimShard: one run loop of a simulated process, and its Env.
//
// A shard has one virtual CPU. Each turn of a fiber costs time, drawn from a law and added to by
// what the fiber charged; the next turn starts when the CPU is free, so load makes queues grow and
// two shards really run side by side. Which of the ready fibers gets the turn is a choice.
//
// A SimShard lives as long as one process does. The heap cannot forget its events, so they go to a
// ShardPort, which belongs to the node, outlives all processes and drops what an earlier one left.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "sim/base/hash.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"
#include "sim/fiber/run_loop.h"
#include "sim/world/sim_buggify.h"
#include "sim/world/sim_disk.h"
#include "sim/world/sim_tcp.h"

namespace weir {

class SimShard;
class SimProcess;

struct CpuLaw {
  int64_t turn_min_ns = 200;
  int64_t turn_max_ns = 2'000;
  int64_t wake_up_ns = 500;  // an idle CPU to its first turn
  int64_t picos_per_byte = 250;
  int64_t message_min_ns = 300;  // between shards
  int64_t message_max_ns = 20'000;
};

class ShardPort final : public EventTarget {
 public:
  enum Kind : uint64_t { turn, timer, message };
  void attach(SimShard* shard) {
    shard_ = shard;
    ++epoch_;
    missed_.clear();
  }
  // While paused nothing reaches the shard. On resume, messages and turns come before timers: a
  // process that wakes works off what is queued before it notices how late it is.
  void pause() { paused_ = true; }
  void resume(Simulator& simulator);
  void schedule(Simulator& simulator, int64_t time_ns, Kind kind) {
    simulator.at(time_ns, *this, (epoch_ << 2) | kind);
  }
  void on_event(uint64_t argument) override;

 private:
  SimShard* shard_ = nullptr;
  uint64_t epoch_ = 0;
  bool paused_ = false;
  std::vector<Kind> missed_;
};

// Bounded mailboxes between the shards of one process.
class SimShards final : public Shards {
 public:
  SimShards(SimProcess& process, SimShard& shard, uint32_t index);
  [[nodiscard]] uint32_t self() const override { return index_; }
  [[nodiscard]] uint32_t count() const override;
  void bind(ShardRoot& root) override;
  void await_unbind() override;
  void await_send(uint32_t to, ShardMessage message) override;
  void answer(uint32_t to, ShardAnswer answer) override;

  struct Letter {
    uint32_t from = 0;
    int64_t arrival_ns = 0;
    ShardMessage message;  // either of the two
    ShardAnswer answer;
  };
  void post(Letter letter);
  void deliver_next();

 private:
  void start(Letter letter);
  void release_slot(uint32_t from);

  SimProcess& process_;
  SimShard& shard_;
  const uint32_t index_;
  ShardRoot* root_ = nullptr;
  bool unbinding_ = false;
  uint32_t running_ = 0;
  WaitList unbound_;
  std::deque<Letter> inbox_;        // under way, by arrival
  std::deque<Letter> before_bind_;  // arrived early
  std::deque<Letter> to_start_;     // arrived; their fibers have not run yet
  int64_t last_arrival_ns_ = 0;
  std::map<uint32_t, uint32_t> slots_used_;  // by receiver
  WaitList senders_;
};

class SimShard final : public LoopHost, private Random, private Trace, private Log {
 public:
  SimShard(SimProcess& process, uint32_t index, ShardPort& port);
  ~SimShard() override;

  Env& env() { return env_; }
  RunLoop& loop() { return loop_; }
  SimShards& shards() { return shards_; }
  Simulator& simulator() { return simulator_; }
  ShardPort& port() { return port_; }
  int64_t draw_message_ns();

  void on_port(ShardPort::Kind kind);
  // The clock has changed its pace.
  void reschedule_timer();

  // LoopHost
  uint64_t next_fiber_id() override;
  size_t pick_ready(size_t count) override;
  void on_runnable() override;
  void on_turn(const Fiber& fiber) override;
  void on_suspend(const Fiber& fiber) override;
  void on_earliest_deadline(TimePoint deadline) override;
  void charge(Work work, uint64_t amount) override;

 private:
  uint64_t choose(const Site& site, uint64_t n) override;  // Random
  void event(const Site& site, uint64_t a, uint64_t b, uint64_t c, uint64_t d) override;  // Trace
  [[nodiscard]] uint64_t digest_of(ConstBytes bytes) const override { return digest(bytes); }
  [[nodiscard]] bool enabled(LogLevel level) const override;  // Log
  void write(LogLevel level, std::string_view component, std::string_view line) override;

  void take_turn();
  void schedule_turn(int64_t not_before_ns);
  void schedule_timer();

  SimProcess& process_;
  Simulator& simulator_;
  ShardPort& port_;
  RunLoop loop_;
  Stream pick_stream_;
  Stream cost_stream_;
  Stream disk_stream_;
  Stream message_stream_;
  std::map<uint64_t, Stream> product_streams_;  // by site id
  SimTcp tcp_;
  SimDisk disk_;
  SimShards shards_;
  Env env_;
  uint32_t running_fiber_ = 0;
  bool in_turn_ = false;
  bool turn_scheduled_ = false;
  int64_t timer_at_ns_ = INT64_MAX;
  int64_t cpu_free_at_ns_ = 0;
  int64_t charged_picos_ = 0;
};

}  // namespace weir
