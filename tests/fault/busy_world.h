// A world in which something of everything goes on: two servers that echo and write files, two clients
// that connect, send frames, read and close.
#pragma once

#include "sim/fault/fault_schedule.h"
#include "sim/fiber/stream_io.h"

namespace weir {

class BusyWorld {
 public:
  static constexpr uint32_t kServer = 1;
  static constexpr uint32_t kClient = 2;
  static constexpr uint32_t kOtherServer = 3;
  static constexpr uint32_t kOtherClient = 4;
  static constexpr Site kEcho{"test.echo"};

  explicit BusyWorld(std::vector<Fault> faults, uint64_t key = 1)
      : world_(key, oracle_, {.sees_frames = true}) {
    for (int i = 0; i < 4; ++i) world_.add_node({});
    schedule_ = std::make_unique<FaultSchedule>(
        world_, std::move(faults), std::vector<uint32_t>{kServer, kOtherServer},
        FaultHooks{.boot =
                       [this](uint32_t node) {
                         world_.node(node).boot([this, node](Env& env, Event& stop) {
                           // Servers talk to each other, too.
                           if (node == kOtherServer) env.scheduler.spawn(kEcho, [&] { ask(env); });
                           serve(env, stop);
                         });
                       },
                   .on_power_lost = {},
                   .on_damage = [this](uint32_t, const DiskDamage& damage) {
                     causes.push_back(damage.cause);
                   }});
    schedule_->start();
    for (const uint32_t client : {kClient, kOtherClient}) {
      world_.node(client).boot([this](Env& env, Event&) { ask(env); });
    }
  }
  void run(Duration time) {
    world_.simulator().run_until(world_.simulator().now_ns() + time.ns());
  }
  World& world() { return world_; }
  FaultSchedule& schedule() { return *schedule_; }
  [[nodiscard]] FaultCount count(FaultKind kind) const {
    return schedule_->counts()[static_cast<size_t>(kind)];
  }

  uint64_t answers = 0;
  std::vector<DamageCause> causes;

 private:
  static void serve(Env& env, Event& stop) {
    auto listening = env.network.listen({"", 9000}, {.backlog = 8});
    if (!listening) return;
    const std::shared_ptr<Listener> listener = std::move(*listening);
    env.scheduler.spawn(kEcho, [&env] {
      for (int i = 0; i < 4; ++i) write_safe_file(env, std::string(1, static_cast<char>('0' + i)) + ".safe");
      for (uint64_t i = 0;; ++i) write_files(env, i);
    });
    env.scheduler.spawn(kEcho, [&env, listener] {
      for (;;) {
        auto socket = listener->await_accept();
        if (!socket) return;
        env.scheduler.spawn(kEcho, [&env, socket = std::move(*socket)]() mutable {
          FiberStream stream(env.scheduler, env.network.adopt(std::move(socket)));
          uint8_t bytes[64];
          for (;;) {
            const auto count = stream.await_read(bytes);
            if (!count || *count == 0) return;
            if (!stream.await_write_all({bytes, *count})) return;
          }
        });
      }
    });
    stop.await();
    listener->close();
    // As after an orderly stop: what still runs is let go with the process.
  }

  static void write_safe_file(Env& env, const std::string& name) {
    auto file = env.disk.await_open(name, OpenMode::create);
    if (!file) return;
    (void)await_write_fully(**file, 0, Buffer(20'000, 7));
    (void)(*file)->await_sync();
    (void)env.disk.await_sync_directory("");
  }

  // Always something unsynced: a write, a new name, a rename.
  static void write_files(Env& env, uint64_t i) {
    await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
    const std::string name = std::string(1, static_cast<char>('0' + i % 3)) + ".f";
    auto file = env.disk.await_open(name, OpenMode::create);
    if (!file) return;
    const uint64_t size = *(*file)->size_bytes() % 20'000;
    if (i % 7 == 0) {
      if (auto safe = env.disk.await_open("0.safe", OpenMode::read_write)) {
        (void)await_write_fully(**safe, 512, Buffer(512, 8));
      }
    }
    (void)await_write_fully(**file, size, Buffer(1'300, static_cast<uint8_t>(i)));
    if (i % 2 == 0) (void)(*file)->await_sync();
    Buffer back(1'000);
    (void)await_read_fully(**file, size / 2, back);
    (void)env.disk.await_rename(name, std::string(1, static_cast<char>('0' + i % 3)) + ".g");
    if (i % 5 == 0) (void)env.disk.await_sync_directory("");
  }

  void ask(Env& env) {
    for (;;) {
      const TimePoint deadline = env.clock.now() + milliseconds(200);
      auto connection = env.network.await_connect({World::address_of(kServer), 9000}, deadline);
      if (connection) {
        FiberStream stream(env.scheduler, std::move(*connection));
        const Buffer frame{0, 0, 0, 4, 0, 1, 7, 7};  // length 4, API key 1
        for (int i = 0; i < 20; ++i) {
          uint8_t back[8];
          if (!stream.await_write_all(frame, {.deadline = deadline})) break;
          if (!stream.await_read_exact(back, {.deadline = deadline})) break;
          ++answers;
        }
      }
      await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
    }
  }

  RandomOracle oracle_;
  World world_;
  std::unique_ptr<FaultSchedule> schedule_;
};

}  // namespace weir
