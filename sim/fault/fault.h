// Fault: one thing that goes wrong, as data.
//
// Every kind has a shape, which says what its fields mean:
//
//   instant  happens at `at`
//   lasting  from `at` for `lasts`
//   rate     from `at` for `lasts`, at each opportunity (a segment, a SYN, a write, a sync, ...) with a
//            chance of per_million
//   crash    all through the run: whenever power is lost, at each thing that was not synced
//
// and a target: nobody in particular, one machine (`node`), one direction (node -> peer) or both
// directions of a pair. `amount` has its own unit for each kind that uses it.
//
// A fault with a `point` is an ambush: from `at` on it lies in wait until servers have passed that point, an
// event that product code traces, `pass` times in all; `delay` later it begins, with the shape that its kind has.
//
//   point "coordination.voted", pass 2, node "passer"   at ··· voted (2) ··· voted (1) ─delay─> begins, at server 1
//
// Faults by time strike anywhere; what goes wrong between two steps that are a millisecond apart has to be waited
// for there. An ambush whose point nobody passes is planned and never fires.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/base/time.h"

namespace weir {

enum class FaultKind : uint8_t {
  // network
  slow_fixed, slow_uniform, slow_exponential, slow_bimodal, slow_heavy_tail, bandwidth, stall,
  swizzle, cut_one_way, cut, partition_halves, partition_bridge, partition_ring, isolate,
  reset, reset_segment, half_open, half_close, refuse, hang, accept_full, corrupt, api_stall, api_reset,
  // disk, while it runs
  eio_read, eio_write, eio_sync, no_space, short_io, disk_stall, disk_throttle, bit_rot,
  misdirected_write, misdirected_read, lying_sync,
  // disk, when power is lost
  crash_lost_write, crash_torn_prefix, crash_torn_suffix, crash_garbage, crash_reordered,
  crash_wrong_length, crash_lost_name, crash_undone_rename,
  // process
  power_loss, power_loss_all, kill, stop, fast_restart, pause, cpu_throttle, wipe_disk, swap_disks,
  replace_node,
  // clock
  clock_offset, clock_step, clock_drift, clock_wall_drift, clock_freeze,
};
inline constexpr size_t kFaultKinds = static_cast<size_t>(FaultKind::clock_freeze) + 1;

enum class FaultFamily : uint8_t { network, disk, crash, process, clock };
enum class FaultShape : uint8_t { instant, lasting, rate, crash };
enum class FaultTarget : uint8_t { all, node, direction, pair };

struct FaultTraits {
  FaultKind kind;
  std::string_view name;
  FaultFamily family;
  FaultShape shape;
  FaultTarget target;
  std::string_view amount;  // its name and unit; empty: the kind has none
  int64_t amount_low = 0;
  int64_t amount_high = 0;
  std::string_view summary;
};
std::span<const FaultTraits> fault_kinds();  // in the order of the enumeration
const FaultTraits& traits(FaultKind kind);
inline std::string_view name(FaultKind kind) { return traits(kind).name; }
std::string_view name(FaultFamily family);
std::optional<FaultKind> parse_fault_kind(std::string_view name);

// In place of a machine's number: the server that leads when the fault begins. While none is known to, the one
// that led last; before the first, the first server.
inline constexpr uint32_t kWhoeverLeads = 1'000'000;
// Of an ambush: the server that passed.
inline constexpr uint32_t kWhoeverPassed = 1'000'001;

struct Fault {
  FaultKind kind = FaultKind::kill;
  Duration at;
  Duration lasts;
  uint32_t node = 0;  // 0 where the target is `all`
  uint32_t peer = 0;  // of a direction or pair
  uint32_t per_million = 0;
  int64_t amount = 0;
  // Of an ambush.
  std::string point;
  uint32_t pass = 1;
  Duration delay;
  [[nodiscard]] bool is_ambush() const { return !point.empty(); }
  friend bool operator==(const Fault&, const Fault&) = default;
};

// Why `fault` is none that a world of `nodes` machines can be given; empty: it is in order.
std::string_view complaint(const Fault& fault, uint32_t nodes);

struct FaultCount {
  uint64_t planned = 0;    // in the plan
  uint64_t fired = 0;      // begun; of a rate or crash kind: opportunities taken
  uint64_t effective = 0;  // took something away from somebody: an operation, a byte, a connection
};

}  // namespace weir
