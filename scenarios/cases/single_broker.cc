#include "scenarios/cases/single_broker.h"

namespace weir {
namespace {

KeyChoice one_of(std::initializer_list<int64_t> values) { return {values, false}; }
KeyChoice range(int64_t low, int64_t high) { return {{low, high}, true}; }

// A busy second: small everything, so that every limit is met.
Constraints busy_second(std::string name, std::string summary) {
  Constraints scenario;
  scenario.name = std::move(name);
  scenario.summary = std::move(summary);
  scenario.keys = {
      {"client_nodes", one_of({1, 2, 3})},
      {"shards", one_of({1, 1, 3})},
      {"shard_channel_slots", one_of({1, 3, 64})},
      {"io_threads", one_of({1, 2, 8})},
      {"queued_max_requests", one_of({1, 3, 16})},
      {"queued_max_request_bytes", one_of({0, 0, 150, 2'000})},
      {"connections_max_idle_us", one_of({600'000'000, 600'000'000, 20'000})},
      {"segment_bytes", one_of({700, 4'000, 1 << 20})},
      {"index_interval_bytes", one_of({1, 300, 4096})},
      {"checkpoint_us", one_of({30'000, 60'000'000})},
      {"sector_bytes", one_of({512, 512, 4096})},
      {"buggify_on_per_million", one_of({0, 250'000, 250'000})},
      {"producers", range(1, 4)},
      {"readers", one_of({1, 2})},
      {"pipeliners", one_of({0, 1})},
      {"admins", one_of({0, 1, 2})},
      {"partitions", range(1, 3)},
      {"batches_per_producer", range(20, 60)},
      {"records_per_batch_max", one_of({1, 3, 10})},
      {"value_bytes_max", one_of({16, 100, 2'000})},
      {"think_time_max_us", one_of({1'000, 10'000, 30'000})},
      {"acks", one_of({1, -1})},
      {"producer_codecs", one_of({1, 4, 5})},
      {"topic_codec", one_of({-1, -1, -1, 0, 1, 2, 3, 4})},
      {"log_append_time", one_of({0, 0, 1})},
      {"old_producers", one_of({0, 0, 1})},
      {"old_readers", one_of({0, 1})},
      {"fetch_sessions", one_of({0, 1})},
      {"heal_at_us", one_of({900'000})},
  };
  return scenario;
}

void allow(Constraints& scenario, std::initializer_list<FaultKind> kinds,
           uint32_t per_tick_per_million, Duration longest) {
  for (const FaultKind kind : kinds) {
    scenario.faults.push_back(usual_rule(kind, per_tick_per_million, longest));
  }
}

using enum FaultKind;
constexpr auto kCrashKinds = {crash_lost_write,  crash_torn_prefix,  crash_torn_suffix,
                              crash_garbage,     crash_reordered,    crash_wrong_length,
                              crash_lost_name,   crash_undone_rename};
constexpr auto kSlowKinds = {slow_fixed, slow_uniform, slow_exponential, slow_bimodal,
                             slow_heavy_tail};

}  // namespace

Constraints power_loss_scenario() {
  Constraints scenario = busy_second(
      "power-loss", "one broker, producers and readers; power fails at seeded moments and comes back");
  allow(scenario, {power_loss}, 40'000, milliseconds(150));
  scenario.faults.back().in_every_run = true;
  allow(scenario, {kill, stop, fast_restart, reset}, 12'000, milliseconds(100));
  allow(scenario, {cut, cut_one_way}, 12'000, milliseconds(300));
  allow(scenario, kCrashKinds, 0, {});
  return scenario;
}

Constraints disk_faults_scenario() {
  Constraints scenario = busy_second(
      "disk-faults", "a disk that fails, fills up, stalls, lies, rots and loses its way");
  allow(scenario, {power_loss, kill, stop}, 15'000, milliseconds(100));
  allow(scenario, {eio_read, eio_write, eio_sync, short_io}, 15'000, milliseconds(200));
  allow(scenario, {no_space}, 80'000, milliseconds(300));
  allow(scenario, {misdirected_read, misdirected_write, lying_sync}, 10'000, milliseconds(300));
  allow(scenario, {disk_stall, disk_throttle}, 12'000, milliseconds(200));
  allow(scenario, {bit_rot}, 12'000, {});
  allow(scenario, kCrashKinds, 0, {});
  return scenario;
}

Constraints slow_network_scenario() {
  Constraints scenario = busy_second(
      "slow-network", "links that are slow, narrow, clogged, cut or torn; bits that arrive changed");
  scenario.keys["client_nodes"] = range(2, 4);
  allow(scenario, kSlowKinds, 10'000, milliseconds(300));
  allow(scenario, {bandwidth, stall, swizzle, cut, cut_one_way}, 10'000, milliseconds(300));
  allow(scenario, {partition_halves, partition_bridge, partition_ring}, 10'000, milliseconds(300));
  allow(scenario, {reset, half_close}, 15'000, {});
  allow(scenario, {reset_segment, half_open, refuse, hang, accept_full, corrupt}, 12'000,
        milliseconds(300));
  allow(scenario, {api_stall, api_reset}, 12'000, milliseconds(300));
  allow(scenario, {kill}, 6'000, milliseconds(100));
  return scenario;
}

Constraints retention_scenario() {
  Constraints scenario = busy_second(
      "retention", "old segments and deleted records go, topics come and go, while the power fails");
  scenario.keys["segment_bytes"] = one_of({300, 700, 4'000});
  scenario.keys["retention_bytes"] = one_of({0, 1, 1'500, 10'000});
  scenario.keys["retention_check_us"] = one_of({10'000, 100'000});
  scenario.keys["flush_before_ack"] = one_of({0, 1, 1});
  scenario.keys["trimmers"] = one_of({0, 1, 2});
  scenario.keys["admins"] = one_of({1, 2});
  allow(scenario, {power_loss}, 20'000, milliseconds(150));
  allow(scenario, {kill, stop, fast_restart, reset}, 12'000, milliseconds(100));
  allow(scenario, {no_space, eio_write, eio_sync}, 10'000, milliseconds(100));
  allow(scenario, {disk_stall, cut}, 8'000, milliseconds(200));
  allow(scenario, kCrashKinds, 0, {});
  return scenario;
}

// Everything at once that one broker can be asked to survive (a wiped or swapped disk is the end of
// all it knew), over minutes: pauses of up to a minute, clocks that are off by an hour.
Constraints mixed_single_scenario() {
  Constraints scenario = busy_second(
      "mixed-single", "one broker, every kind of fault, over minutes of virtual time");
  scenario.tick = seconds(1);
  scenario.faults_from = milliseconds(500);
  scenario.faults_until = seconds(180);
  scenario.keys["batches_per_producer"] = range(30, 90);
  scenario.keys["think_time_max_us"] = one_of({3'000'000, 8'000'000});
  scenario.keys["request_timeout_us"] = one_of({1'000'000, 5'000'000});
  scenario.keys["poll_wait_us"] = one_of({2'000'000, 5'000'000});
  scenario.keys["reconnect_backoff_max_us"] = one_of({2'000'000, 5'000'000});
  scenario.keys["connections_max_idle_us"] = one_of({600'000'000, 4'000'000});
  scenario.keys["heal_at_us"] = one_of({240'000'000});
  scenario.keys["settle_within_us"] = one_of({900'000'000});
  const Duration longest = seconds(20);
  allow(scenario, {power_loss}, 10'000, longest);
  allow(scenario, {power_loss_all, kill, stop, fast_restart}, 3'000, longest);
  allow(scenario, {pause}, 4'000, seconds(60));
  allow(scenario, {cpu_throttle}, 4'000, longest);
  allow(scenario, {clock_offset, clock_step, clock_drift, clock_wall_drift}, 4'000, longest);
  allow(scenario, {clock_freeze}, 3'000, seconds(2));
  allow(scenario, {eio_read, eio_write, eio_sync, no_space, short_io}, 3'000, longest);
  allow(scenario, {lying_sync}, 4'000, longest);
  allow(scenario, {misdirected_read, misdirected_write}, 4'000, longest);
  scenario.faults.back().rate_min = 20'000;  // there are only a few writes a second
  scenario.faults.back().rate_max = 200'000;
  allow(scenario, {disk_stall, disk_throttle, bit_rot}, 3'000, longest);
  allow(scenario, kSlowKinds, 2'000, longest);
  allow(scenario, {bandwidth, stall, swizzle, cut, cut_one_way}, 2'000, longest);
  allow(scenario, {partition_halves, partition_bridge, partition_ring}, 2'000, longest);
  allow(scenario, {reset, half_close}, 4'000, {});
  allow(scenario, {reset_segment, half_open, refuse, hang, accept_full, corrupt}, 3'000, longest);
  allow(scenario, {api_stall, api_reset}, 3'000, longest);
  allow(scenario, kCrashKinds, 0, {});
  return scenario;
}

}  // namespace weir
