// Over 100,000 opportunities each kind of fault that has a rate fires within 2 % of it.
#include "tests/support/test_pch.h"

#include <fmt/format.h>

#include "sim/fault/fault_schedule.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

constexpr uint64_t kOpportunities = 100'000;
constexpr uint32_t kRate = 300'000;  // per million: the standard deviation is 0.5 % of it
constexpr Site kPeer{"test.peer"};

void require_rate(std::string_view kind, const FaultPoint& point) {
  INFO(kind << " fired " << point.fired << " of " << point.asked);
  REQUIRE(point.asked >= kOpportunities);
  const double expected = static_cast<double>(point.asked) * kRate / 1e6;
  REQUIRE(static_cast<double>(point.fired) > expected * 0.98);
  REQUIRE(static_cast<double>(point.fired) < expected * 1.02);
}

// Both ends of node 1 <-> 2; node 1 listens and reads.
struct Link {
  explicit Link(FaultKind kind, int64_t amount = 0)
      : world(3, oracle, {.short_read_per_million = 0, .short_write_per_million = 0,
                          .sees_frames = true}) {
    world.add_node({}).boot([](Env& env, Event&) {
      auto listener = std::move(*env.network.listen({"", 9000}, {.backlog = 8}));
      for (;;) {
        auto socket = listener->await_accept();
        env.scheduler.spawn(kPeer, [&env, socket = std::move(*socket)]() mutable {
          FiberStream stream(env.scheduler, env.network.adopt(std::move(socket)));
          uint8_t bytes[512];
          for (;;) {
            // Whoever says nothing for so long is gone, whether it said so or not.
            const auto read =
                stream.await_read(bytes, {.deadline = env.clock.now() + milliseconds(50)});
            if (!read || *read == 0) return;
          }
        });
      }
    });
    world.add_node({});
    const bool has_peer = traits(kind).target != FaultTarget::node;
    const bool from_client = traits(kind).target == FaultTarget::direction;
    schedule = std::make_unique<FaultSchedule>(
        world,
        std::vector<Fault>{{.kind = kind,
                            .at = microseconds(1),
                            .lasts = seconds(10'000'000),
                            .node = from_client ? 2U : 1U,
                            .peer = !has_peer ? 0U : from_client ? 1U : 2U,
                            .per_million = kRate,
                            .amount = amount}},
        std::vector<uint32_t>{}, FaultHooks{});
    schedule->start();
  }
  // The client's program, once a millisecond of virtual time, until `point` was asked enough.
  void repeat(const FaultPoint& point, const std::function<void(Env&)>& round) {
    world.node(2).boot([&](Env& env, Event&) {
      while (point.asked < kOpportunities) {
        round(env);
        await_sleep(env.scheduler, env.clock.now() + microseconds(10));
      }
    });
    while (world.node(2).running() && world.simulator().step(INT64_MAX)) {
    }
  }
  LinkFaults& to_server() { return world.network().faults(2, 1); }

  RandomOracle oracle;
  World world;
  std::unique_ptr<FaultSchedule> schedule;
};

std::unique_ptr<Connection> connect(Env& env, Duration patience) {
  auto connection =
      env.network.await_connect({"10.0.0.1", 9000}, env.clock.now() + patience);
  return connection ? std::move(*connection) : nullptr;
}

void write_segments(Env& env, ConstBytes segment) {
  auto connection = connect(env, seconds(1));
  if (!connection) return;
  FiberStream stream(env.scheduler, std::move(connection));
  for (int i = 0; i < 200; ++i) {
    if (!stream.await_write_all(segment)) return;
    env.scheduler.await_yield();
  }
}

const Buffer kFrame{0, 0, 0, 4, 0, 1, 7, 7};  // length 4, API key 1

// The program of a machine with a disk that misbehaves.
void on_a_disk(FaultPoint DiskFaults::*point, const std::function<void(Env&, File&, uint64_t)>& round) {
  RandomOracle oracle;
  World world(4, oracle, {});
  SimNode& node = world.add_node({});
  node.disk_faults().short_io.per_million = 0;
  node.boot([&](Env& env, Event&) {
    auto file = std::move(*env.disk.await_open("f", OpenMode::create));
    (void)await_write_fully(*file, 0, Buffer(8'192));
    (node.disk_faults().*point).per_million = kRate;
    for (uint64_t i = 0; (node.disk_faults().*point).asked < kOpportunities; ++i) {
      round(env, *file, i);
    }
  });
  while (node.running() && world.simulator().step(INT64_MAX)) {
  }
  require_rate("disk", node.disk_faults().*point);
}

void read_once(Env&, File& file, uint64_t i) {
  uint8_t bytes[16];
  (void)file.await_read_at(i % 8'000, bytes);
}
void write_once(Env&, File& file, uint64_t i) {
  const Buffer bytes(16);
  const ConstBytes piece = bytes;
  (void)file.await_write_at(i % 8'000, {&piece, 1});
  if (i % 100 == 0) (void)file.await_sync();
}

std::string name_of(std::string_view prefix, uint64_t i) {
  return fmt::format("{}{}", prefix, i);
}

struct Crash {
  RandomOracle oracle;
  Simulator simulator{5, oracle};
  Stream stream = simulator.stream(Site{"test.crash"}, 0, Site{"test"});
  DiskImage image;
  DiskFaults faults;

  Crash() {
    for (FaultPoint* point :
         {&faults.crash.lost, &faults.crash.prefix, &faults.crash.suffix, &faults.crash.subset,
          &faults.crash.garbage, &faults.crash.wrong_length, &faults.crash.lost_name,
          &faults.crash.undone_rename}) {
      point->per_million = 0;
    }
  }
  void lose_power() {
    image.lose_power(
        [this](const Site& site, uint64_t n) { return simulator.choose(site, stream, n); }, faults);
  }
};

}  // namespace

TEST_CASE("segments are reset, and arrive changed, at the set rate") {
  Link reset(FaultKind::reset_segment);
  reset.repeat(reset.to_server().reset_segment, [](Env& env) { write_segments(env, Buffer(100)); });
  require_rate("reset-segment", reset.to_server().reset_segment);
  Link corrupt(FaultKind::corrupt);
  corrupt.repeat(corrupt.to_server().corrupt, [](Env& env) { write_segments(env, Buffer(100)); });
  require_rate("corrupt", corrupt.to_server().corrupt);
}

TEST_CASE("requests of an API are held up, and reset, at the set rate") {
  Link stall(FaultKind::api_stall, 1);
  stall.repeat(stall.to_server().api_stall, [](Env& env) { write_segments(env, kFrame); });
  require_rate("api-stall", stall.to_server().api_stall);
  Link reset(FaultKind::api_reset, 1);
  reset.repeat(reset.to_server().api_reset, [](Env& env) { write_segments(env, kFrame); });
  require_rate("api-reset", reset.to_server().api_reset);
}

TEST_CASE("requests of another API are left alone") {
  Link stall(FaultKind::api_stall, 2);
  stall.world.node(2).boot([](Env& env, Event&) { write_segments(env, kFrame); });
  stall.world.simulator().run_until(seconds(5).ns());
  REQUIRE(stall.to_server().api_stall.asked == 0);
}

TEST_CASE("connects are refused, hang, and find the accept queue full at the set rate") {
  const auto once = [](Env& env) { (void)connect(env, milliseconds(2)); };
  Link refuse(FaultKind::refuse);
  refuse.repeat(refuse.to_server().refused, once);
  require_rate("refuse", refuse.to_server().refused);
  Link hang(FaultKind::hang);
  hang.repeat(hang.to_server().hung, once);
  require_rate("hang", hang.to_server().hung);
  Link full(FaultKind::accept_full);
  full.repeat(full.world.network().accept_full(1), once);
  require_rate("accept-full", full.world.network().accept_full(1));
}

TEST_CASE("the last word of a closing end is lost at the set rate") {
  Link half_open(FaultKind::half_open);
  half_open.repeat(half_open.to_server().lost_farewell,
                   [](Env& env) { (void)connect(env, seconds(1)); });
  require_rate("half-open", half_open.to_server().lost_farewell);
}

TEST_CASE("reads and writes fail, fall short and go astray at the set rate") {
  on_a_disk(&DiskFaults::read_error, read_once);
  on_a_disk(&DiskFaults::short_io, read_once);
  on_a_disk(&DiskFaults::misdirected_read, read_once);
  on_a_disk(&DiskFaults::write_error, write_once);
  on_a_disk(&DiskFaults::misdirected_write, write_once);
}

TEST_CASE("the disk is full at the set rate, for what makes a file longer and for new names") {
  on_a_disk(&DiskFaults::no_space, [](Env&, File& file, uint64_t i) {
    const Buffer bytes(1);
    const ConstBytes piece = bytes;
    (void)file.await_write_at(*file.size_bytes(), {&piece, 1});
    if (i % 100 == 0) (void)file.await_sync();
  });
}

TEST_CASE("syncs fail and lie at the set rate") {
  const auto sync_once = [](Env&, File& file, uint64_t) { (void)file.await_sync(); };
  on_a_disk(&DiskFaults::sync_error, sync_once);
  on_a_disk(&DiskFaults::lying_sync, sync_once);
}

TEST_CASE("a power loss does each thing to unsynced writes at its set rate") {
  for (FaultPoint CrashLaw::*point : {&CrashLaw::lost, &CrashLaw::prefix, &CrashLaw::suffix,
                                      &CrashLaw::subset, &CrashLaw::garbage}) {
    Crash crash;
    (crash.faults.crash.*point).per_million = kRate;
    auto file = *crash.image.open("f", OpenMode::create);
    for (uint64_t i = 0; i < kOpportunities; ++i) file->write(i % 1'000 * 512, Buffer(1'024, 1));
    crash.lose_power();
    require_rate("crash", crash.faults.crash.*point);
    REQUIRE((crash.faults.crash.*point).effective > 0);
  }
}

TEST_CASE("a power loss gives files a wrong length and loses names at the set rate") {
  Crash crash;
  crash.faults.crash.wrong_length.per_million = kRate;
  crash.faults.crash.lost_name.per_million = kRate;
  for (uint64_t i = 0; i < kOpportunities; ++i) {
    (*crash.image.open(name_of("synced", i), OpenMode::create))->write(0, Buffer(10));
  }
  crash.image.directory("").value()->make_durable(
      crash.image.directory("").value()->journal_mark());
  for (uint64_t i = 0; i < kOpportunities; ++i) {
    (void)crash.image.open(name_of("new", i), OpenMode::create);
  }
  crash.lose_power();
  require_rate("crash-wrong-length", crash.faults.crash.wrong_length);
  require_rate("crash-lost-name", crash.faults.crash.lost_name);
}

TEST_CASE("a power loss undoes renames at the set rate") {
  Crash crash;
  crash.faults.crash.undone_rename.per_million = kRate;
  for (uint64_t i = 0; i < kOpportunities; ++i) {
    (void)crash.image.open(name_of("a", i), OpenMode::create);
  }
  crash.image.directory("").value()->make_durable(
      crash.image.directory("").value()->journal_mark());
  for (uint64_t i = 0; i < kOpportunities; ++i) {
    (void)crash.image.rename(name_of("a", i), name_of("b", i));
  }
  crash.lose_power();
  require_rate("crash-undone-rename", crash.faults.crash.undone_rename);
}

TEST_CASE("each law of latency has the mean and the shape that it names") {
  using Law = LinkLaw::Kind;
  struct Expected {
    LinkLaw law;
    int64_t mean_ns;
    int64_t median_ns;
  };
  constexpr int64_t kMs = 1'000'000;
  for (const Expected& expected :
       {Expected{{.kind = Law::fixed, .min_ns = kMs}, kMs, kMs},
        Expected{{.kind = Law::uniform, .min_ns = 0, .max_ns = 2 * kMs}, kMs, kMs},
        Expected{{.kind = Law::exponential, .min_ns = 0, .max_ns = kMs}, kMs, 693'147},
        Expected{{.kind = Law::bimodal, .min_ns = kMs, .max_ns = kMs, .tail_per_million = 100'000,
                  .tail_max_ns = 21 * kMs}, 2 * kMs, kMs},
        // Sum over k of 2^-(k+1) * 1.5 * 2^k, cut at 2^10: about 0.75 * 10 and the cut.
        Expected{{.kind = Law::heavy_tail, .min_ns = kMs, .tail_max_ns = 1'024 * kMs},
                 8'500'000, 2 * kMs}}) {
    RandomOracle oracle;
    Simulator simulator(6, oracle);
    Stream stream = simulator.stream(Site{"test.latency"}, 0, Site{"test"});
    std::vector<int64_t> drawn;
    int64_t sum = 0;
    for (uint64_t i = 0; i < kOpportunities; ++i) {
      drawn.push_back(draw_latency(expected.law, simulator, stream));
      sum += drawn.back();
    }
    std::sort(drawn.begin(), drawn.end());
    const auto mean = static_cast<double>(sum) / kOpportunities;
    const auto median = static_cast<double>(drawn[kOpportunities / 2]);
    INFO("law " << static_cast<int>(expected.law.kind) << ": mean " << mean << ", median " << median);
    REQUIRE(mean > static_cast<double>(expected.mean_ns) * 0.93);
    REQUIRE(mean < static_cast<double>(expected.mean_ns) * 1.07);
    REQUIRE(median > static_cast<double>(expected.median_ns) * 0.95);
    REQUIRE(median < static_cast<double>(expected.median_ns) * 1.05);
  }
}

TEST_CASE("a narrow wire delivers what it is narrow for") {
  RandomOracle oracle;
  World world(7, oracle, {});
  uint64_t received = 0;
  world.add_node({}).boot([&](Env& env, Event&) {
    auto listener = std::move(*env.network.listen({"", 9000}, {.backlog = 8}));
    FiberStream stream(env.scheduler, env.network.adopt(std::move(*listener->await_accept())));
    uint8_t bytes[4096];
    for (;;) {
      const auto read = stream.await_read(bytes);
      if (!read || *read == 0) return;
      received += *read;
    }
  });
  world.add_node({}).boot([](Env& env, Event&) {
    auto connection = connect(env, seconds(1));
    FiberStream stream(env.scheduler, std::move(connection));
    const Buffer bytes(1'400);
    while (stream.await_write_all(bytes)) {
    }
  });
  FaultSchedule schedule(world, {{.kind = FaultKind::bandwidth, .at = microseconds(1),
                                  .lasts = seconds(100), .node = 1, .peer = 2,
                                  .amount = 100'000}}, {}, {});
  schedule.start();
  world.simulator().run_until(seconds(10).ns());
  REQUIRE(received > 750'000);
  REQUIRE(received <= 1'000'000);
}

}  // namespace weir
