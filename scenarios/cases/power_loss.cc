#include "scenarios/cases/power_loss.h"

#include <algorithm>
#include <tuple>

#include "sim/base/stream.h"

namespace weir {
namespace {

constexpr Site kPlan{"plan.power_loss"};
constexpr Site kTopology{"topology"};
constexpr Site kWorkload{"workload"};
constexpr Site kFaults{"faults"};
constexpr Site kChoices{"choices"};

template <class T>
T pick(Stream& stream, std::initializer_list<T> from) {
  return from.begin()[stream.below(from.size())];
}

// In whole microseconds: what a plan file can say.
Duration between(Stream& stream, Duration low, Duration high) {
  return low + microseconds(static_cast<int64_t>(
                   stream.below(static_cast<uint64_t>((high - low).us()) + 1)));
}

void draw_faults(Plan& plan, Stream& stream) {
  // Inside the time in which the workload is busy.
  const Duration begin = milliseconds(5);
  const Duration end = milliseconds(700);
  const uint64_t losses = 1 + stream.below(3);
  for (uint64_t i = 0; i < losses; ++i) {
    const Duration at = between(stream, begin, end);
    const Duration lasts = between(stream, milliseconds(1), milliseconds(150));
    plan.faults.push_back({.kind = FaultKind::power_loss, .at = at, .lasts = lasts});
  }
  // Swarm: each further family is in some runs and not in others.
  if (stream.below(2) == 1) {
    const Duration at = between(stream, begin, end);
    const Duration lasts = between(stream, milliseconds(1), milliseconds(100));
    plan.faults.push_back({.kind = FaultKind::kill, .at = at, .lasts = lasts});
  }
  if (stream.below(2) == 1) {
    const Duration at = between(stream, begin, end);
    const Duration lasts = between(stream, milliseconds(10), milliseconds(300));
    const uint64_t directions = stream.below(3);
    plan.faults.push_back({.kind = FaultKind::cut,
                           .at = at,
                           .lasts = lasts,
                           .to_broker = directions != 1,
                           .from_broker = directions != 0});
  }
  if (stream.below(2) == 1) {
    const Duration at = between(stream, begin, end);
    plan.faults.push_back({.kind = FaultKind::reset, .at = at, .lasts = {}});
  }
  std::sort(plan.faults.begin(), plan.faults.end(),
            [](const PlannedFault& a, const PlannedFault& b) {
              return std::tie(a.at, a.kind, a.lasts) < std::tie(b.at, b.kind, b.lasts);
            });
}

}  // namespace

Plan resolve_power_loss(uint64_t seed, const Wishes& wishes) {
  Plan plan;
  plan.scenario = "power-loss";
  plan.seed = seed;
  plan.choices_key = Stream(seed, kPlan, 0, kChoices).next();

  Stream topology(seed, kPlan, 0, kTopology);
  plan.shards = pick(topology, {1U, 1U, 3U});
  plan.io_threads = pick(topology, {1U, 2U, 8U});
  plan.queued_max_requests = pick(topology, {1U, 3U, 16U});
  plan.segment_bytes = pick(topology, {uint64_t{700}, uint64_t{4'000}, uint64_t{1} << 20});
  plan.index_interval_bytes = pick(topology, {uint64_t{1}, uint64_t{300}, uint64_t{4096}});

  Stream workload(seed, kPlan, 0, kWorkload);
  plan.producers = 1 + static_cast<uint32_t>(workload.below(4));
  plan.readers = 1 + static_cast<uint32_t>(workload.below(2));
  plan.partitions = 1 + static_cast<uint32_t>(workload.below(3));
  plan.batches_per_producer = 20 + static_cast<uint32_t>(workload.below(40));
  plan.records_per_batch_max = pick(workload, {1U, 3U, 10U});
  plan.value_bytes_max = pick(workload, {16U, 100U, 2'000U});
  plan.think_time_max = pick(workload, {milliseconds(1), milliseconds(10), milliseconds(30)});
  plan.acks = pick(workload, {int16_t{1}, int16_t{-1}});

  Stream faults(seed, kPlan, 0, kFaults);
  draw_faults(plan, faults);
  plan.heal_at = milliseconds(900);

  if (wishes.shards) plan.shards = *wishes.shards;
  if (wishes.flush_before_ack) plan.flush_before_ack = *wishes.flush_before_ack;
  plan.planted_bug = wishes.planted_bug;
  return plan;
}

}  // namespace weir
