// Every kind of fault shows its effect in a busy world, and ends.
#include "tests/support/test_pch.h"

#include "tests/fault/busy_world.h"

namespace weir {
namespace {

constexpr uint32_t kServer = BusyWorld::kServer;
constexpr uint32_t kClient = BusyWorld::kClient;

Fault fault_of(FaultKind kind) {
  const FaultTraits& of = traits(kind);
  Fault fault{.kind = kind};
  if (of.shape != FaultShape::crash) fault.at = milliseconds(300);
  if (of.shape == FaultShape::lasting || of.shape == FaultShape::rate) {
    fault.lasts = milliseconds(400);
  }
  if (of.target != FaultTarget::all) fault.node = kServer;
  if (of.target == FaultTarget::pair || of.target == FaultTarget::direction) fault.peer = kClient;
  if (kind == FaultKind::swap_disks) fault.peer = BusyWorld::kOtherServer;
  if (kind == FaultKind::api_stall || kind == FaultKind::api_reset) {
    std::swap(fault.node, fault.peer);
    fault.amount = 1;
  } else if (!of.amount.empty()) {
    fault.amount = std::max<int64_t>(of.amount_low, std::min<int64_t>(of.amount_high, 20'000));
  }
  if (of.shape == FaultShape::rate || of.shape == FaultShape::crash) fault.per_million = 150'000;
  return fault;
}

std::vector<Fault> with_power_losses(Fault crash) {
  std::vector<Fault> faults{crash};
  for (int i = 1; i <= 60; ++i) {
    faults.push_back({.kind = FaultKind::power_loss,
                      .at = milliseconds(20 * i),
                      .lasts = milliseconds(1),
                      .node = kServer});
  }
  return faults;
}

}  // namespace

TEST_CASE("every kind of fault fires and takes something away") {
  for (const FaultTraits& kind : fault_kinds()) {
    INFO(kind.name);
    const Fault fault = fault_of(kind.kind);
    REQUIRE(complaint(fault, 4).empty());
    FaultCount all;
    for (uint64_t key = 1; key <= 4; ++key) {  // a partition may fall where nobody talks
      BusyWorld busy(kind.shape == FaultShape::crash ? with_power_losses(fault) : std::vector{fault},
                     key);
      busy.run(seconds(2));
      all.planned += busy.count(kind.kind).planned;
      all.fired += busy.count(kind.kind).fired;
      all.effective += busy.count(kind.kind).effective;
    }
    REQUIRE(all.planned == 4);
    REQUIRE(all.fired > 0);
    REQUIRE(all.effective > 0);
  }
}

TEST_CASE("after every kind of fault the world serves again") {
  for (const FaultTraits& kind : fault_kinds()) {
    if (kind.shape == FaultShape::crash) continue;
    INFO(kind.name);
    BusyWorld busy({fault_of(kind.kind)});
    busy.run(milliseconds(500));
    busy.schedule().heal_all();
    busy.run(seconds(3));
    const uint64_t before = busy.answers;
    busy.run(seconds(1));
    REQUIRE(busy.answers > before + 100);
  }
}

TEST_CASE("a fault of whoever leads meets the server that leads when it begins") {
  RandomOracle oracle;
  World world(1, oracle, {});
  for (int i = 0; i < 3; ++i) world.add_node({});
  uint32_t leader = 1;
  const auto program = [](Env&, Event& stop) { stop.await(); };
  FaultSchedule schedule(
      world,
      {{.kind = FaultKind::kill, .at = milliseconds(10), .lasts = milliseconds(50), .node = kWhoeverLeads},
       {.kind = FaultKind::cut, .at = milliseconds(20), .lasts = milliseconds(5), .node = kWhoeverLeads, .peer = 2}},
      {1, 2, 3},
      {.boot = [&](uint32_t node) { world.node(node).boot(program); },
       .on_power_lost = {},
       .on_damage = {},
       .leader = [&] { return leader; }});
  schedule.start();
  const auto run_to = [&](Duration time) { world.simulator().run_until(time.ns()); };
  run_to(milliseconds(9));
  leader = 3;
  run_to(milliseconds(15));
  REQUIRE(world.node(1).running());
  REQUIRE_FALSE(world.node(3).running());
  leader = 2;  // who leads meanwhile changes nothing of one that has begun
  run_to(milliseconds(22));
  REQUIRE(world.network().faults(2, 1).cut);  // of the leader and itself: another machine
  run_to(milliseconds(70));
  REQUIRE(world.node(3).running());
  REQUIRE_FALSE(world.network().faults(2, 1).cut);
}

// --- ambushes ------------------------------------------------------------------------------------

namespace {

constexpr Site kStep{"test.step"};

// Three servers, of which each passes the point once a millisecond from its own number of milliseconds on.
class SteppingWorld {
 public:
  explicit SteppingWorld(std::vector<Fault> faults) : world_(1, oracle_, {}) {
    for (int i = 0; i < 3; ++i) world_.add_node({});
    schedule_ = std::make_unique<FaultSchedule>(
        world_, std::move(faults), std::vector<uint32_t>{1, 2, 3},
        FaultHooks{.boot = [this](uint32_t node) { boot(node); }, .on_power_lost = {}, .on_damage = {}});
    schedule_->start();
  }
  void run_to(Duration time) { world_.simulator().run_until(time.ns()); }
  bool runs(uint32_t node) { return world_.node(node).running(); }
  [[nodiscard]] uint64_t fired() const { return schedule_->counts()[static_cast<size_t>(FaultKind::kill)].fired; }
  FaultSchedule& schedule() { return *schedule_; }

 private:
  void boot(uint32_t node) {
    world_.node(node).boot([node](Env& env, Event& stop) {
      for (TimePoint next = env.clock.now() + milliseconds(10 * node); !stop.is_set(); next = next + milliseconds(100)) {
        if (stop.await({.deadline = next}) == WaitResult::ready) return;
        env.trace.event(kStep, node);
      }
    });
  }
  RandomOracle oracle_;
  World world_;
  std::unique_ptr<FaultSchedule> schedule_;
};

Fault ambush(Duration at, uint32_t node, uint32_t pass, Duration delay = {}) {
  return {.kind = FaultKind::kill, .at = at, .lasts = seconds(9), .node = node, .point = "test.step", .pass = pass, .delay = delay};
}

}  // namespace

TEST_CASE("an ambush meets the server that passes its point, as often as it says, and not before it waits") {
  SteppingWorld world({ambush(milliseconds(15), kWhoeverPassed, 2)});  // 1 has passed, 2 passes, 3 passes
  world.run_to(milliseconds(25));
  REQUIRE(world.fired() == 0);
  world.run_to(milliseconds(35));
  REQUIRE(world.fired() == 1);
  REQUIRE(world.runs(1));
  REQUIRE(world.runs(2));
  REQUIRE_FALSE(world.runs(3));
  REQUIRE(world.schedule().as_they_happened().at(0).node == 3);
  REQUIRE(world.schedule().as_they_happened().at(0).at >= milliseconds(30));
}

TEST_CASE("an ambush may be of another server than the one that passes, and come later") {
  SteppingWorld world({ambush({}, 3, 1, milliseconds(5))});
  world.run_to(milliseconds(14));
  REQUIRE(world.fired() == 0);
  world.run_to(milliseconds(17));
  REQUIRE_FALSE(world.runs(3));
  REQUIRE(world.runs(1));
}

TEST_CASE("an ambush whose point is not passed, or that the healing calls off, never begins") {
  Fault elsewhere = ambush({}, 1, 1);
  elsewhere.point = "test.never";
  SteppingWorld world({elsewhere, ambush({}, 2, 1, milliseconds(50)), ambush({}, 3, 100)});
  world.run_to(milliseconds(40));
  world.schedule().heal_all();
  world.run_to(milliseconds(500));
  REQUIRE(world.fired() == 0);
  REQUIRE(world.schedule().counts()[static_cast<size_t>(FaultKind::kill)].planned == 3);
  REQUIRE(world.schedule().as_they_happened().empty());
}

TEST_CASE("a server is isolated from servers in the ways that are asked for, and from no client") {
  for (const int64_t ways : {1, 2, 3}) {
    RandomOracle oracle;
    World world(1, oracle, {});
    for (int i = 0; i < 3; ++i) world.add_node({});
    FaultSchedule schedule(world,
                           {{.kind = FaultKind::isolate,
                             .at = milliseconds(10),
                             .lasts = milliseconds(10),
                             .node = 1,
                             .amount = ways}},
                           {1, 2}, {.boot = [](uint32_t) {}, .on_power_lost = {}, .on_damage = {}});
    schedule.start();
    world.simulator().run_until(milliseconds(15).ns());
    REQUIRE(world.network().faults(2, 1).cut == ((ways & 1) != 0));
    REQUIRE(world.network().faults(1, 2).cut == ((ways & 2) != 0));
    REQUIRE_FALSE(world.network().faults(1, 3).cut);
    REQUIRE_FALSE(world.network().faults(3, 1).cut);
    world.simulator().run_until(milliseconds(25).ns());
    REQUIRE_FALSE(world.network().faults(2, 1).cut);
    REQUIRE_FALSE(world.network().faults(1, 2).cut);
  }
}

TEST_CASE("without faults none of the mechanisms fires") {
  BusyWorld busy({});
  busy.run(seconds(1));
  for (const FaultTraits& kind : fault_kinds()) {
    INFO(kind.name);
    REQUIRE(busy.count(kind.kind).fired == 0);
  }
  REQUIRE(busy.causes.empty());
}

TEST_CASE("what is destroyed behind everybody's back is announced with its cause") {
  for (const auto& [kind, cause] :
       {std::pair{FaultKind::bit_rot, DamageCause::bit_rot},
        std::pair{FaultKind::misdirected_write, DamageCause::misdirected_write},
        std::pair{FaultKind::wipe_disk, DamageCause::wiped}}) {
    INFO(name(kind));
    Fault fault = fault_of(kind);
    if (fault.per_million > 0) fault.per_million = 900'000;
    BusyWorld busy({fault});
    busy.run(seconds(1));
    REQUIRE_FALSE(busy.causes.empty());
    REQUIRE(busy.causes.front() == cause);
  }
  Fault lie = fault_of(FaultKind::lying_sync);
  lie.per_million = 1'000'000;
  BusyWorld lied({lie, {.kind = FaultKind::power_loss, .at = milliseconds(600),
                        .lasts = milliseconds(1), .node = kServer}});
  lied.run(seconds(1));
  REQUIRE_FALSE(lied.causes.empty());
  REQUIRE(lied.causes.front() == DamageCause::lying_sync);
}

TEST_CASE("a stall lets go in one burst, in order; a cut lets go over time") {
  for (const FaultKind kind : {FaultKind::stall, FaultKind::cut}) {
    RandomOracle oracle;
    World world(5, oracle, {.short_write_per_million = 0});
    std::vector<std::pair<int64_t, uint8_t>> arrived;
    world.add_node({}).boot([&](Env& env, Event&) {
      auto listener = std::move(*env.network.listen({"", 9000}, {.backlog = 8}));
      FiberStream stream(env.scheduler, env.network.adopt(std::move(*listener->await_accept())));
      uint8_t byte[1];
      while (stream.await_read_exact(byte).ok()) {
        arrived.push_back({world.simulator().now_ns(), byte[0]});
      }
    });
    world.add_node({}).boot([&](Env& env, Event& stop) {
      FiberStream stream(env.scheduler,
                         std::move(*env.network.await_connect({"10.0.0.1", 9000}, TimePoint::never())));
      await_sleep(env.scheduler, TimePoint{seconds(1).ns()});
      for (uint8_t i = 0; i < 20; ++i) {
        const Buffer byte{i};
        (void)stream.await_write_all(byte);
        await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
      }
      stop.await();
    });
    FaultSchedule schedule(world, {{.kind = kind, .at = milliseconds(900), .lasts = seconds(1),
                                    .node = 1, .peer = 2}}, {}, {});
    schedule.start();
    world.simulator().run_until(seconds(5).ns());
    INFO(name(kind));
    REQUIRE(arrived.size() == 20);
    for (uint8_t i = 0; i < 20; ++i) REQUIRE(arrived[i].second == i);
    const int64_t spread_ns = arrived.back().first - arrived.front().first;
    // What a fiber needs to read it; a new journey takes 50 us at least.
    REQUIRE((kind == FaultKind::stall) == (arrived.front().first < seconds(1).ns() * 19 / 10 + 45'000));
    REQUIRE(spread_ns < milliseconds(50).ns());
  }
}

TEST_CASE("a paused process works off what is queued before it sees how late it is") {
  RandomOracle oracle;
  World world(6, oracle, {});
  std::string order;
  world.add_node({}).boot([&](Env& env, Event&) {
    auto listener = std::move(*env.network.listen({"", 9000}, {.backlog = 8}));
    env.scheduler.spawn(BusyWorld::kEcho, [&] {
      FiberStream stream(env.scheduler, env.network.adopt(std::move(*listener->await_accept())));
      uint8_t byte[1];
      if (stream.await_read_exact(byte).ok()) order += "data ";
    });
    await_sleep(env.scheduler, TimePoint{milliseconds(1'500).ns()});
    order += "timer ";
  });
  world.add_node({}).boot([&](Env& env, Event& stop) {
    FiberStream stream(env.scheduler,
                       std::move(*env.network.await_connect({"10.0.0.1", 9000}, TimePoint::never())));
    await_sleep(env.scheduler, TimePoint{milliseconds(1'800).ns()});
    const Buffer byte{1};
    (void)stream.await_write_all(byte);
    stop.await();
  });
  FaultSchedule schedule(world, {{.kind = FaultKind::pause, .at = seconds(1), .lasts = seconds(2),
                                  .node = 1}}, {}, {});
  schedule.start();
  world.simulator().run_until(milliseconds(2'999).ns());
  REQUIRE(order.empty());
  world.simulator().run_until(seconds(4).ns());
  REQUIRE(order == "data timer ");
}

TEST_CASE("a clock that drifts by 500 ppm gains half a millisecond in a second") {
  RandomOracle oracle;
  World world(7, oracle, {});
  SimNode& node = world.add_node({});
  FaultSchedule schedule(world, {{.kind = FaultKind::clock_drift, .at = seconds(1),
                                  .lasts = seconds(10), .node = 1, .amount = 500}}, {}, {});
  schedule.start();
  world.simulator().run_until(seconds(2).ns());
  REQUIRE(node.clock().now().ns() == seconds(2).ns() + 500'000);
  REQUIRE(node.clock().wall_now().value() == SimClock::kEpochMs + 2'000);
}

TEST_CASE("timers follow the clock of their machine: fast, and not at all while it stands still") {
  RandomOracle oracle;
  World world(8, oracle, {});
  int64_t woken_ns = 0;
  const auto sleeper = [&](Env& env, Event&) {
    await_sleep(env.scheduler, env.clock.now() + seconds(10));
    woken_ns = world.simulator().now_ns();
  };
  world.add_node({}).boot(sleeper);
  FaultSchedule fast(world, {{.kind = FaultKind::clock_drift, .at = seconds(1), .lasts = seconds(100),
                              .node = 1, .amount = 100'000}}, {}, {});
  fast.start();
  world.simulator().run_until(seconds(20).ns());
  REQUIRE(woken_ns > seconds(9).ns());
  REQUIRE(woken_ns < milliseconds(9'200).ns());

  World frozen(9, oracle, {});
  int64_t frozen_woken_ns = 0;
  frozen.add_node({}).boot([&](Env& env, Event&) {
    await_sleep(env.scheduler, env.clock.now() + seconds(10));
    frozen_woken_ns = frozen.simulator().now_ns();
  });
  FaultSchedule freeze(frozen, {{.kind = FaultKind::clock_freeze, .at = seconds(5),
                                 .lasts = seconds(30), .node = 1}}, {}, {});
  freeze.start();
  frozen.simulator().run_until(seconds(60).ns());
  REQUIRE(frozen_woken_ns >= seconds(40).ns());
  REQUIRE(frozen_woken_ns < seconds(41).ns());
}

TEST_CASE("a step moves the wall clock and leaves the monotonic one; an offset is taken back") {
  RandomOracle oracle;
  World world(10, oracle, {});
  SimNode& node = world.add_node({});
  FaultSchedule schedule(world,
                         {{.kind = FaultKind::clock_step, .at = seconds(1), .node = 1,
                           .amount = -3'600'000},
                          {.kind = FaultKind::clock_offset, .at = seconds(2), .lasts = seconds(1),
                           .node = 1, .amount = 5'000}}, {}, {});
  schedule.start();
  world.simulator().run_until(milliseconds(2'500).ns());
  REQUIRE(node.clock().now().ns() == milliseconds(2'500).ns());
  REQUIRE(node.clock().wall_now().value() == SimClock::kEpochMs + 2'500 - 3'600'000 + 5'000);
  world.simulator().run_until(milliseconds(3'500).ns());
  REQUIRE(node.clock().wall_now().value() == SimClock::kEpochMs + 3'500 - 3'600'000);
}

TEST_CASE("after a failed sync the next one says done, and a power loss shows that it is not") {
  RandomOracle oracle;
  World world(11, oracle, {});
  SimNode& node = world.add_node({});
  std::string log;
  std::string after;
  node.boot([&](Env& env, Event& stop) {
    auto file = std::move(*env.disk.await_open("f", OpenMode::create));
    (void)env.disk.await_sync_directory("");
    node.disk_faults().sync_error.per_million = 1'000'000;
    (void)await_write_fully(*file, 0, as_bytes("lost"));
    log += file->await_sync().ok() ? "done " : "failed ";
    node.disk_faults().sync_error.per_million = 0;
    log += file->await_sync().ok() ? "done " : "failed ";
    log += as_text(*await_read_file(env.disk, "f", 100));
    stop.await();
  });
  world.simulator().run_until(seconds(10).ns());
  REQUIRE(log == "failed done lost");
  node.lose_power();
  node.boot([&](Env& env, Event&) { after = as_text(*await_read_file(env.disk, "f", 100)); });
  world.simulator().run_until(seconds(20).ns());
  REQUIRE(after.empty());
}

TEST_CASE("swapped disks hold what the other machine wrote") {
  RandomOracle oracle;
  World world(12, oracle, {});
  std::string found;
  for (uint32_t i = 1; i <= 2; ++i) {
    world.add_node({}).boot([i](Env& env, Event& stop) {
      auto file = std::move(*env.disk.await_open("n", OpenMode::create));
      (void)await_write_fully(*file, 0, as_bytes(std::to_string(i)));
      (void)file->await_sync();
      (void)env.disk.await_sync_directory("");
      stop.await();
    });
  }
  FaultSchedule schedule(world, {{.kind = FaultKind::swap_disks, .at = seconds(1),
                                  .lasts = seconds(1), .node = 1, .peer = 2}}, {},
                         {.boot = [&](uint32_t node) {
                            world.node(node).boot([&, node](Env& env, Event&) {
                              found += std::to_string(node) + "=" +
                                       std::string(as_text(*await_read_file(env.disk, "n", 9))) + " ";
                            });
                          },
                          .on_power_lost = {},
                          .on_damage = {}});
  schedule.start();
  world.simulator().run_until(seconds(5).ns());
  REQUIRE((found == "1=2 2=1 " || found == "2=1 1=2 "));
}

}  // namespace weir
