#include "scenarios/host/worker.h"

#include <fmt/core.h>

#include <fstream>
#include <iostream>
#include <memory>

#include "scenarios/host/plan_file.h"
#include "scenarios/host/record_json.h"
#include "scenarios/host/report_file.h"
#include "scenarios/host/timeline_recorder.h"
#include "scenarios/host/trace_text.h"

namespace weir {
namespace {

class TraceFile final : public TraceSink {
 public:
  explicit TraceFile(const std::string& path) : file_(path) {}
  void on_event(const TraceEvent& event, uint64_t hash) override {
    file_ << fmt::format("{:016x} {}\n", hash, trace_line(event));
  }

 private:
  std::ofstream file_;
};

// Leaves the heap with holes of many sizes, so that equal allocations land elsewhere, in another
// order.
class HeapNoise {
 public:
  explicit HeapNoise(uint64_t seed) {
    Stream stream(mix64(seed));
    std::vector<std::unique_ptr<uint8_t[]>> all;
    for (int i = 0; i < 4'000; ++i) {
      const size_t bytes = 8 + stream.below(700);
      all.emplace_back(new uint8_t[bytes]);
      std::memset(all.back().get(), static_cast<int>(stream.below(256)), bytes);
    }
    while (!all.empty()) {
      std::swap(all[stream.below(all.size())], all.back());
      if (stream.below(3) == 0) kept_.push_back(std::move(all.back()));
      all.pop_back();
    }
  }

 private:
  std::vector<std::unique_ptr<uint8_t[]>> kept_;
};

// Filled, so that a read of what was never written shows; and handed out in another order, since
// the kernel maps them one below the other in every process.
void disturb_stacks(StackPool& pool, uint64_t seed) {
  Stream stream(mix64(seed));
  std::vector<boost::context::stack_context> taken;
  for (int i = 0; i < 128; ++i) taken.push_back(pool.take());
  while (!taken.empty()) {
    std::swap(taken[stream.below(taken.size())], taken.back());
    pool.give_back(taken.back());
    taken.pop_back();
  }
  pool.set_fill(static_cast<uint8_t>(seed * 37 + 0x5a));
}

RunRecord run_request(const Plan& plan, const WorkerRequest& request, uint64_t noise,
                      const PlantedHooks& hooks, StackPool& stacks) {
  RunOptions options;
  // With noise every run gets stacks of its own, and they are disturbed.
  if (noise == 0) options.stacks = &stacks;
  std::unique_ptr<TraceFile> trace;
  std::unique_ptr<TimelineRecorder> timeline;
  if (!request.trace_path.empty()) {
    trace = std::make_unique<TraceFile>(request.trace_path);
    options.sink = trace.get();
  } else if (!request.report_path.empty()) {
    timeline = std::make_unique<TimelineRecorder>(timeline_names(plan));
    options.sink = timeline.get();
  }
  const auto hook = hooks.find(plan.planted_bug);
  options.on_world = [&](World& world) {
    if (noise != 0) disturb_stacks(world.simulator().stacks(), noise);
    if (hook != hooks.end()) hook->second(world);
  };
  RunRecord record = run_plan(plan, options);
  if (timeline) {
    write_report(request.report_path, request.replay_command, record, timeline->take());
  }
  return record;
}

}  // namespace

int run_worker(uint64_t noise, const PlantedHooks& hooks) {
  std::string line;
  StackPool stacks;
  uint64_t count = 0;
  while (std::getline(std::cin, line)) {
    const auto request = request_from_json(line);
    if (!request) return 2;
    const auto plan = plan_from_toml(request->plan_toml);
    if (!plan) {
      std::cerr << "worker: " << plan.error() << '\n';
      return 2;
    }
    std::unique_ptr<HeapNoise> heap;
    if (noise != 0) {
      heap = std::make_unique<HeapNoise>(noise + ++count);
      if (count == 1) {
        Plan other = *plan;
        other.choices_key = mix64(other.choices_key);
        run_request(other, {}, noise, hooks, stacks);
      }
    }
    std::cout << record_to_json(run_request(*plan, *request, noise, hooks, stacks)) << std::endl;
  }
  return 0;
}

}  // namespace weir
