// Speed of the simulated world, as ratios taken in one run. Called by `./dev bench`.
//
// Prints one line a figure: name, value, unit, bound, separated by tabs; the bound is what the design
// asks for. Built twice: sim_bench_untraced leaves out the rolling hash and the flight record, so that
// bench.py can say what they cost.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "scenarios/registry.h"
#include "scenarios/run.h"
#include "sim/fiber/stream_io.h"
#include "sim/world/world.h"

namespace {

using namespace weir;  // NOLINT

double seconds_of(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
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
constexpr int kEvents = 4'000'000;
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

uint64_t tcp_segments(uint64_t writes) {
  RandomOracle oracle;
  World world(1, oracle, {.short_read_per_million = 0, .short_write_per_million = 0});
  world.add_node({}).boot([](Env& env, Event&) {
    auto listener = std::move(*env.network.listen({"", 9000}, 8));
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
  return writes;
}

void power_loss_speed() {
  const Scenario& scenario = *find_scenario("power-loss");
  int64_t virtual_ns = 0;
  const double seconds = seconds_of([&] {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
      const RunRecord record = run_plan(scenario.resolve(seed, {}));
      virtual_ns += record.virtual_ns;
    }
  });
  figure("sim_power_loss_virtual_per_real", static_cast<double>(virtual_ns) / 1e9 / seconds, "s/s",
         100);
  figure("sim_power_loss_seeds", 200 / seconds, "seeds/s", 100);
}

}  // namespace

int main() {
  figure("sim_bare_loop", kEvents / least_seconds(5, bare_loop) / 1e6, "M events/s", 10);
  const int switches = 4'000'000;
  figure("fiber_switch", least_seconds(5, [&] { fiber_switches(switches); }) / switches / 2 * 1e9,
         "ns", 5);
  uint64_t segments = 0;
  const double tcp = least_seconds(3, [&] { segments = tcp_segments(400'000); });
  figure("sim_tcp_segments", static_cast<double>(segments) / tcp / 1e6, "M segments/s", 2);
  power_loss_speed();
  return 0;
}
