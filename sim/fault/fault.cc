#include "sim/fault/fault.h"

#include "sim/base/check.h"

namespace weir {
namespace {

constexpr auto network = FaultFamily::network;
constexpr auto disk = FaultFamily::disk;
constexpr auto crash = FaultFamily::crash;
constexpr auto process = FaultFamily::process;
constexpr auto clock = FaultFamily::clock;
constexpr auto instant = FaultShape::instant;
constexpr auto lasting = FaultShape::lasting;
constexpr auto rate = FaultShape::rate;
using Kind = FaultKind;
using Target = FaultTarget;

constexpr int64_t kSecondUs = 1'000'000;

constexpr FaultTraits kTraits[] = {
    {Kind::slow_fixed, "slow-fixed", network, lasting, Target::pair, "latency_us", 1,
     10 * kSecondUs, "every segment takes the same, longer time"},
    {Kind::slow_uniform, "slow-uniform", network, lasting, Target::pair, "latency_us", 1,
     10 * kSecondUs, "segments take anything up to twice the mean"},
    {Kind::slow_exponential, "slow-exponential", network, lasting, Target::pair, "latency_us", 1,
     10 * kSecondUs, "exponentially distributed latency"},
    {Kind::slow_bimodal, "slow-bimodal", network, lasting, Target::pair, "latency_us", 1,
     10 * kSecondUs, "one segment in ten is slow, the others are not"},
    {Kind::slow_heavy_tail, "slow-heavy-tail", network, lasting, Target::pair, "latency_us", 1,
     10 * kSecondUs, "mostly quick, now and then very slow (Pareto)"},
    {Kind::bandwidth, "bandwidth", network, lasting, Target::pair, "bytes_per_second", 1'000,
     1'000'000'000, "a narrow wire: segments queue"},
    {Kind::stall, "stall", network, lasting, Target::pair, "", 0, 0,
     "nothing arrives, then everything at once"},
    {Kind::swizzle, "swizzle", network, lasting, Target::all, "", 0, 0,
     "machines are clogged one after the other and released in another order"},
    {Kind::cut_one_way, "cut-one-way", network, lasting, Target::direction, "", 0, 0,
     "nothing gets from one machine to the other"},
    {Kind::cut, "cut", network, lasting, Target::pair, "", 0, 0,
     "nothing gets through in either direction"},
    {Kind::partition_halves, "partition-halves", network, lasting, Target::all, "", 0, 0,
     "two groups that do not reach each other"},
    {Kind::partition_bridge, "partition-bridge", network, lasting, Target::all, "", 0, 0,
     "two groups, and one machine that reaches both"},
    {Kind::partition_ring, "partition-ring", network, lasting, Target::all, "", 0, 0,
     "everybody reaches a majority, no two the same one"},
    {Kind::isolate, "isolate", network, lasting, Target::node, "ways", 1, 3,
     "a server does not hear the other servers (1), is not heard by them (2), or both (3)"},
    {Kind::reset, "reset", network, instant, Target::pair, "", 0, 0,
     "every connection of the two is reset"},
    {Kind::reset_segment, "reset-segment", network, rate, Target::pair, "", 0, 0,
     "a segment meets a reset instead"},
    {Kind::half_open, "half-open", network, rate, Target::pair, "", 0, 0,
     "the last word of a closing end is lost"},
    {Kind::half_close, "half-close", network, instant, Target::direction, "", 0, 0,
     "a machine's connections to the other say that they will write no more"},
    {Kind::refuse, "refuse", network, rate, Target::pair, "", 0, 0, "a connect is refused"},
    {Kind::hang, "hang", network, rate, Target::pair, "", 0, 0, "a connect is never answered"},
    {Kind::accept_full, "accept-full", network, rate, Target::node, "", 0, 0,
     "a SYN finds the accept queue full and is repeated later"},
    {Kind::corrupt, "corrupt", network, rate, Target::pair, "", 0, 0,
     "a bit of a segment arrives changed"},
    {Kind::api_stall, "api-stall", network, rate, Target::direction, "api_key", 0, 1'000,
     "a request of that API, and what follows it, waits"},
    {Kind::api_reset, "api-reset", network, rate, Target::direction, "api_key", 0, 1'000,
     "a request of that API resets its connection"},

    {Kind::eio_read, "eio-read", disk, rate, Target::node, "", 0, 0, "a read fails"},
    {Kind::eio_write, "eio-write", disk, rate, Target::node, "", 0, 0,
     "a write fails; some of it may be there"},
    {Kind::eio_sync, "eio-sync", disk, rate, Target::node, "", 0, 0,
     "an fsync fails and drops its pages; the next one says all is well"},
    {Kind::no_space, "no-space", disk, rate, Target::node, "", 0, 0, "the disk is full"},
    {Kind::short_io, "short-io", disk, rate, Target::node, "", 0, 0,
     "a read or write does less than asked"},
    {Kind::disk_stall, "disk-stall", disk, lasting, Target::node, "", 0, 0,
     "nothing completes, then everything"},
    {Kind::disk_throttle, "disk-throttle", disk, lasting, Target::node, "bytes_per_second", 1'000,
     10'000'000'000, "a slow disk"},
    {Kind::bit_rot, "bit-rot", disk, instant, Target::node, "bytes", 1, 1 << 20,
     "durable bytes of one file change"},
    {Kind::misdirected_write, "misdirected-write", disk, rate, Target::node, "", 0, 0,
     "a write lands on other sectors"},
    {Kind::misdirected_read, "misdirected-read", disk, rate, Target::node, "", 0, 0,
     "a read comes from other sectors"},
    {Kind::lying_sync, "lying-sync", disk, rate, Target::node, "", 0, 0,
     "an fsync says done and does nothing"},

    {Kind::crash_lost_write, "crash-lost-write", crash, FaultShape::crash, Target::node, "", 0, 0,
     "nothing of an unsynced write stays"},
    {Kind::crash_torn_prefix, "crash-torn-prefix", crash, FaultShape::crash, Target::node, "", 0, 0,
     "the first sectors of an unsynced write stay"},
    {Kind::crash_torn_suffix, "crash-torn-suffix", crash, FaultShape::crash, Target::node, "", 0, 0,
     "the last sectors of an unsynced write stay"},
    {Kind::crash_garbage, "crash-garbage", crash, FaultShape::crash, Target::node, "", 0, 0,
     "the sector at the tear is neither old nor new"},
    {Kind::crash_reordered, "crash-reordered", crash, FaultShape::crash, Target::node, "", 0, 0,
     "any sectors of an unsynced write stay"},
    {Kind::crash_wrong_length, "crash-wrong-length", crash, FaultShape::crash, Target::node, "", 0,
     0, "a file ends anywhere between its synced and its written length"},
    {Kind::crash_lost_name, "crash-lost-name", crash, FaultShape::crash, Target::node, "", 0, 0,
     "a name whose directory was not synced is as before"},
    {Kind::crash_undone_rename, "crash-undone-rename", crash, FaultShape::crash, Target::node, "",
     0, 0, "a rename whose directory was not synced is undone"},

    {Kind::power_loss, "power-loss", process, lasting, Target::node, "", 0, 0,
     "the machine has no power, then boots"},
    {Kind::power_loss_all, "power-loss-all", process, lasting, Target::all, "", 0, 0,
     "no server has power"},
    {Kind::kill, "kill", process, lasting, Target::node, "", 0, 0,
     "kill -9, and a restart after a while"},
    {Kind::stop, "stop", process, lasting, Target::node, "", 0, 0,
     "SIGTERM, and a restart after a while"},
    {Kind::fast_restart, "fast-restart", process, instant, Target::node, "", 0, 0,
     "kill -9 and a restart before anybody notices"},
    {Kind::pause, "pause", process, lasting, Target::node, "", 0, 0,
     "the process stands still; timers burst when it wakes"},
    {Kind::cpu_throttle, "cpu-throttle", process, lasting, Target::node, "times_slower", 2, 10'000,
     "every turn takes longer"},
    {Kind::wipe_disk, "wipe-disk", process, lasting, Target::node, "", 0, 0,
     "the machine dies and comes back with an empty disk"},
    {Kind::swap_disks, "swap-disks", process, lasting, Target::pair, "", 0, 0,
     "two machines die and come back with each other's disks"},
    {Kind::replace_node, "replace-node", process, lasting, Target::node, "", 0, 0,
     "another machine takes the name: empty disk, other clock"},

    {Kind::clock_offset, "clock-offset", clock, lasting, Target::node, "milliseconds", -3'600'000,
     3'600'000, "the wall clock is off for a while"},
    {Kind::clock_step, "clock-step", clock, instant, Target::node, "milliseconds", -3'600'000,
     3'600'000, "the wall clock jumps"},
    {Kind::clock_drift, "clock-drift", clock, lasting, Target::node, "ppm", -100'000, 100'000,
     "both clocks run fast or slow"},
    {Kind::clock_wall_drift, "clock-wall-drift", clock, lasting, Target::node, "ppm", -100'000,
     100'000, "the wall clock leaves the monotonic one behind, or falls behind it"},
    {Kind::clock_freeze, "clock-freeze", clock, lasting, Target::node, "", 0, 0,
     "both clocks stand still"},
};
static_assert(std::size(kTraits) == kFaultKinds);

consteval bool in_order() {
  for (size_t i = 0; i < kFaultKinds; ++i) {
    if (kTraits[i].kind != static_cast<FaultKind>(i)) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const FaultTraits> fault_kinds() { return kTraits; }

const FaultTraits& traits(FaultKind kind) {
  CHECK(static_cast<size_t>(kind) < kFaultKinds);
  return kTraits[static_cast<size_t>(kind)];
}

std::string_view name(FaultFamily family) {
  switch (family) {
    case network: return "network";
    case disk: return "disk";
    case crash: return "crash";
    case process: return "process";
    case clock: return "clock";
  }
  return "?";
}

std::optional<FaultKind> parse_fault_kind(std::string_view name) {
  for (const FaultTraits& kind : kTraits) {
    if (kind.name == name) return kind.kind;
  }
  return std::nullopt;
}

namespace {

std::string_view complaint_of_ambush(const Fault& fault) {
  const bool named = fault.node == kWhoeverPassed || fault.peer == kWhoeverPassed;
  if (!fault.is_ambush()) {
    if (named) return "point: where the passer passes is not said";
    if (fault.pass != 1) return "pass: counts how often a point is passed, and there is no point";
    if (fault.delay != Duration{}) return "delay_us: counts from when a point is passed, and there is no point";
    return {};
  }
  if (traits(fault.kind).shape == FaultShape::crash) return "point: this kind holds for the whole run";
  if (fault.pass == 0) return "pass: the first is 1";
  if (fault.delay < Duration{}) return "delay_us: before the point is passed";
  return {};
}

}  // namespace

std::string_view complaint(const Fault& fault, uint32_t nodes) {
  const FaultTraits& kind = traits(fault.kind);
  const bool has_node = kind.target != Target::all;
  const bool has_peer = kind.target == Target::direction || kind.target == Target::pair;
  const bool has_rate = kind.shape == FaultShape::rate || kind.shape == FaultShape::crash;
  const auto is_machine = [&](uint32_t node) {
    return (node >= 1 && node <= nodes) ||
           (node == kWhoeverLeads && kind.shape != FaultShape::crash) ||
           (node == kWhoeverPassed && fault.is_ambush());
  };
  if (const std::string_view why = complaint_of_ambush(fault); !why.empty()) return why;
  if (has_node && !is_machine(fault.node)) return "node: there is no such machine";
  if (!has_node && fault.node != 0) return "node: this kind has none";
  if (has_peer && !is_machine(fault.peer)) return "peer: there is no such machine";
  if (has_peer && fault.peer == fault.node) return "peer: must be another machine";
  if (!has_peer && fault.peer != 0) return "peer: this kind has none";
  if (has_rate && (fault.per_million < 1 || fault.per_million > 1'000'000)) {
    return "per_million: must be from 1 to 1000000";
  }
  if (!has_rate && fault.per_million != 0) return "per_million: this kind has no rate";
  if (kind.amount.empty() ? fault.amount != 0
                          : fault.amount < kind.amount_low || fault.amount > kind.amount_high) {
    return "amount: outside of what this kind allows";
  }
  if (kind.shape == FaultShape::instant && fault.lasts != Duration{}) {
    return "lasts_us: this kind does not last";
  }
  if (kind.shape == FaultShape::crash && (fault.at != Duration{} || fault.lasts != Duration{})) {
    return "at_us: this kind holds for the whole run";
  }
  if (fault.at < Duration{} || fault.lasts < Duration{}) return "at_us: before the run";
  return {};
}

}  // namespace weir
