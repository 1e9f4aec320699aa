// Speed of the simulated world, as ratios taken in one run. Called by `./dev bench`.
//
//   sim_bench [FIGURE...]
//
// Prints one line a figure: name, value, unit, bound, separated by tabs; the bound is what the design
// asks for. Built twice: sim_bench_untraced leaves out the rolling hash and the flight record. What
// they cost is the difference of the two, so bench.py runs one figure of each in turns, in short
// pieces: seconds are CPU seconds, and of the pieces the least counts.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string_view>
#include <vector>

#include "scenarios/registry.h"
#include "scenarios/run.h"
#include "sim/fiber/stream_io.h"
#include "sim/world/world.h"

namespace {

using namespace weir;  // NOLINT

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_of(const std::function<void()>& work) {
  const double began = cpu_seconds();
  work();
  return cpu_seconds() - began;
}

// The least of several: what the code takes when nothing else is on the machine.
double least_seconds(int times, const std::function<void()>& work) {
  double least = 1e100;
  for (int i = 0; i < times; ++i) least = std::min(least, seconds_of(work));
  return least;
}

void figure(std::string_view name, double value, std::string_view unit, double bound) {
  fmt::print("{}\t{:.6g}\t{}\t{:.6g}\n", name, value, unit, bound);
}

constexpr Site kBenchEvent{"bench.event"};
constexpr Site kBenchFiber{"bench.fiber"};
constexpr int kEvents = 1'000'000;
constexpr int kTargets = 64;

// A target that schedules itself again, a little later than the others.
class Ticker final : public EventTarget {
 public:
  Ticker(Simulator& simulator, uint64_t id, int& left) : simulator_(simulator), id_(id), left_(left) {}
  void on_event(uint64_t argument) override {
    simulator_.trace().record(simulator_.now_ns(), 1, static_cast<uint32_t>(id_), kBenchEvent,
                              argument, id_);
    if (--left_ > 0) {
      simulator_.at(simulator_.now_ns() + 100 + static_cast<int64_t>(id_ * 13 % 97), *this,
                    argument + 1);
    }
  }

 private:
  Simulator& simulator_;
  const uint64_t id_;
  int& left_;
};

void bare_loop() {
  RandomOracle oracle;
  Simulator simulator(1, oracle);
  int left = kEvents;
  std::vector<Ticker> tickers;
  for (uint64_t i = 0; i < kTargets; ++i) tickers.emplace_back(simulator, i, left);
  for (auto& ticker : tickers) simulator.at(0, ticker, 0);
  while (left > 0 && simulator.step(INT64_MAX)) {
  }
}

// Two fibers that hand the turn to each other: the price of a switch.
class BareHost final : public LoopHost {
 public:
  uint64_t next_fiber_id() override { return ++last_; }

 private:
  uint64_t last_ = 0;
};

void fiber_switches(int count) {
  BareHost host;
  StackPool stacks;
  RunLoop loop(host, stacks);
  for (int i = 0; i < 2; ++i) {
    loop.spawn(kBenchFiber, [&loop, count] {
      for (int n = 0; n < count / 2; ++n) loop.await_yield();
    });
  }
  while (loop.run_one()) {
  }
}

void tcp_segments(uint64_t writes) {
  RandomOracle oracle;
  World world(1, oracle, {.short_read_per_million = 0, .short_write_per_million = 0});
  world.add_node({}).boot([](Env& env, Event&) {
    auto listener = std::move(*env.network.listen({"", 9000}, {.backlog = 8}));
    FiberStream stream(env.scheduler, env.network.adopt(std::move(*listener->await_accept())));
    uint8_t bytes[4096];
    for (;;) {
      const auto read = stream.await_read(bytes);
      if (!read || *read == 0) return;
    }
  });
  bool done = false;
  world.add_node({}).boot([&](Env& env, Event&) {
    FiberStream stream(env.scheduler, std::move(*env.network.await_connect({"10.0.0.1", 9000},
                                                                          TimePoint::never())));
    const Buffer segment(100);
    for (uint64_t i = 0; i < writes; ++i) {
      if (!stream.await_write_all(segment)) return;
      env.scheduler.await_yield();
    }
    done = true;
  });
  while (!done && world.simulator().step(INT64_MAX)) {
  }
}

// Virtual seconds and runs of 60 seeds of a scenario.
void scenario_speed(Constraints scenario, std::string_view figure_name, double bound) {
  constexpr uint64_t kSeeds = 60;
  int64_t virtual_ns = 0;
  StackPool stacks;  // as a worker of a sweep keeps them
  const double seconds = least_seconds(3, [&] {
    virtual_ns = 0;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      virtual_ns += run_plan(resolve(scenario, seed, {}), {.stacks = &stacks}).virtual_ns;
    }
  });
  figure(figure_name, static_cast<double>(virtual_ns) / 1e9 / seconds, "s/s", bound);
}

// Events of the trace per second, everything on.
void scenario_events(std::string_view name, std::string_view figure_name) {
  const Constraints scenario = *find_scenario(name);
  uint64_t events = 0;
  const double seconds = least_seconds(3, [&] {
    events = 0;
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      events += run_plan(resolve(scenario, seed, {})).trace_events;
    }
  });
  figure(figure_name, static_cast<double>(events) / 1e6 / seconds, "M events/s", 0.5);
}

double resident_kib() {
  long pages = 0;
  long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  return static_cast<double>(resident) * 4;
}

// Machines that have booted and wait to be stopped.
void idle_nodes() {
  constexpr int kNodes = 2'000;
  RandomOracle oracle;
  World world(1, oracle, {});
  const double before = resident_kib();
  for (int i = 0; i < kNodes; ++i) {
    world.add_node({}).boot([](Env&, Event& stop) { stop.await(); });
  }
  world.simulator().run_until(seconds(1).ns());
  figure("sim_idle_node", (resident_kib() - before) / kNodes, "KiB", 64);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> only(argv + 1, argv + argc);
  const auto wanted = [&](std::string_view name) {
    return only.empty() || std::ranges::find(only, name) != only.end();
  };
  if (wanted("sim_bare_loop")) {
    figure("sim_bare_loop", kEvents / least_seconds(3, bare_loop) / 1e6, "M events/s", 10);
  }
  if (wanted("fiber_switch")) {
    const int switches = 4'000'000;
    figure("fiber_switch", least_seconds(5, [&] { fiber_switches(switches); }) / switches / 2 * 1e9,
           "ns", 5);
  }
  if (wanted("sim_tcp_segments")) {
    constexpr uint64_t kSegments = 200'000;
    figure("sim_tcp_segments", kSegments / least_seconds(3, [] { tcp_segments(kSegments); }) / 1e6,
           "M segments/s", 2);
  }
  if (wanted("sim_power_loss_virtual_per_real")) {
    scenario_speed(*find_scenario("power-loss"), "sim_power_loss_virtual_per_real", 100);
  }
  if (wanted("sim_mixed_single_virtual_per_real")) {
    scenario_speed(*find_scenario("mixed-single"), "sim_mixed_single_virtual_per_real", 2'000);
  }
  if (wanted("sim_five_coordinators_virtual_per_real")) {
    Constraints five = *find_scenario("raft-election");
    five.keys["servers"] = {{5}, false};
    scenario_speed(std::move(five), "sim_five_coordinators_virtual_per_real", 1'000);
  }
  if (wanted("sim_mixed_single_events")) {
    scenario_events("mixed-single", "sim_mixed_single_events");
  }
  if (wanted("sim_idle_node")) idle_nodes();
  return 0;
}
