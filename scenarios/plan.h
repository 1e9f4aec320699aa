// Plan: a run as data.
//
// A seed is resolved into a plan before anything runs: topology, settings, workload, and every fault
// with its time. The plan is written out, and replays without the seed. What is left to chance
// while it runs (latencies, who runs next, which sectors a power loss takes) hangs from `choices_key`,
// a number of the plan like any other. Times are virtual.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.h"

namespace weir {

enum class FaultKind : uint8_t {
  power_loss,  // the broker's machine; back after `lasts`
  kill,        // the broker's process; back after `lasts`
  cut,         // clients -> broker, broker -> clients or both, for `lasts`
  reset,       // every connection between clients and broker
};
inline constexpr size_t kFaultKinds = 4;
std::string_view name(FaultKind kind);
bool parse_fault_kind(std::string_view text, FaultKind& kind);

struct PlannedFault {
  FaultKind kind = FaultKind::power_loss;
  Duration at;
  Duration lasts;
  bool to_broker = true;    // cut only: which directions
  bool from_broker = true;
  friend bool operator==(const PlannedFault&, const PlannedFault&) = default;
};

struct Plan {
  std::string scenario;
  uint64_t seed = 0;         // where it came from; not used by the run
  uint64_t choices_key = 0;

  // Topology and settings of the broker.
  uint32_t shards = 1;
  uint32_t io_threads = 4;
  uint32_t queued_max_requests = 16;
  uint64_t segment_bytes = 1 << 20;
  uint64_t index_interval_bytes = 4096;
  bool flush_before_ack = true;  // log.flush.interval.messages = 1; else Kafka's default
  std::string planted_bug;       // empty, or a name from planted_bugs()

  // Workload.
  uint32_t producers = 2;
  uint32_t readers = 1;
  uint32_t partitions = 2;
  uint32_t batches_per_producer = 20;
  uint32_t records_per_batch_max = 4;
  uint32_t value_bytes_max = 200;
  Duration think_time_max = milliseconds(50);
  int16_t acks = -1;
  bool idempotent = true;

  std::vector<PlannedFault> faults;  // by time
  Duration heal_at;                  // no fault lasts beyond it
  Duration settle_within = seconds(60);  // then everything must be done, or liveness has failed

  friend bool operator==(const Plan&, const Plan&) = default;
};

std::vector<std::string_view> planted_bugs();

}  // namespace weir
