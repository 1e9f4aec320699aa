#include "scenarios/cases/coordination.h"

#include <fmt/core.h>

#include "scenarios/cases/rules.h"

namespace weir {

// Sessions are a few ticks long and faults as long as sessions: some are lost, some are saved.
Constraints session_expiry_scenario() {
  using enum FaultKind;
  Constraints scenario;
  scenario.name = "session-expiry";
  scenario.summary = "a coordination service; sessions expire, survive or are taken over while it fails";
  scenario.keys = {
      {"coordination", one_of({1})},
      {"client_nodes", one_of({1, 2, 3})},
      {"session_timeout_us", one_of({200'000, 400'000, 1'000'000})},
      {"session_tick_us", one_of({10'000, 50'000})},
      {"snapshot_count", one_of({5, 30, 100'000})},
      {"queued_max_requests", one_of({1, 3, 1'000})},
      {"sector_bytes", one_of({512, 512, 4096})},
      {"buggify_on_per_million", one_of({0, 250'000, 250'000})},
      {"producers", range(1, 5)},
      {"readers", one_of({1, 2})},
      {"partitions", range(1, 3)},
      {"batches_per_producer", range(20, 60)},
      {"think_time_max_us", one_of({1'000, 20'000, 150'000})},
      {"request_timeout_us", one_of({100'000, 400'000})},
      {"heal_at_us", one_of({4'000'000})},
  };
  scenario.tick = milliseconds(50);
  scenario.faults_until = milliseconds(3'000);
  allow(scenario, {power_loss}, 25'000, milliseconds(600));
  scenario.faults.back().in_every_run = true;
  allow(scenario, {kill, stop, fast_restart}, 12'000, milliseconds(300));
  allow(scenario, {pause}, 25'000, milliseconds(2'000));
  allow(scenario, {cut, cut_one_way, stall}, 20'000, milliseconds(1'000));
  allow(scenario, {reset, half_close}, 20'000, {});
  allow(scenario, {slow_uniform, slow_heavy_tail}, 12'000, milliseconds(400));
  allow(scenario, {clock_offset, clock_step, clock_drift}, 8'000, milliseconds(1'000));
  allow(scenario, {disk_stall}, 10'000, milliseconds(300));
  allow(scenario, {eio_write, eio_sync, no_space}, 8'000, milliseconds(200));
  allow(scenario, {crash_lost_write, crash_torn_prefix, crash_torn_suffix, crash_garbage,
                   crash_reordered, crash_wrong_length, crash_lost_name, crash_undone_rename},
        0, {});
  return scenario;
}

// The herd: each change of one znode wakes everybody, who all come back to read and to watch again.
Constraints watch_storm_scenario() {
  using enum FaultKind;
  Constraints scenario;
  scenario.name = "watch-storm";
  scenario.summary = "a coordination service with dozens of watchers of one znode, cut off and let back together";
  scenario.keys = {
      {"coordination", one_of({1})},
      {"client_nodes", one_of({2, 4})},
      {"session_timeout_us", one_of({400'000, 2'000'000})},
      {"session_tick_us", one_of({10'000, 50'000})},
      {"snapshot_count", one_of({30, 100'000})},
      {"queued_max_requests", one_of({1, 1'000})},
      {"buggify_on_per_million", one_of({0, 250'000})},
      {"producers", range(1, 2)},
      {"readers", range(10, 50)},
      {"partitions", one_of({1})},
      {"batches_per_producer", range(20, 60)},
      {"think_time_max_us", one_of({1'000, 20'000})},
      {"request_timeout_us", one_of({100'000, 400'000})},
      {"heal_at_us", one_of({2'000'000})},
  };
  scenario.tick = milliseconds(50);
  scenario.faults_until = milliseconds(1'500);
  allow(scenario, {kill, fast_restart, power_loss}, 12'000, milliseconds(300));
  allow(scenario, {cut, stall, swizzle}, 30'000, milliseconds(800));
  allow(scenario, {reset, half_close}, 30'000, {});
  allow(scenario, {pause}, 12'000, milliseconds(800));
  allow(scenario, {slow_uniform, bandwidth}, 12'000, milliseconds(400));
  return scenario;
}

// Elections take some timeouts, sessions are of the same length, and faults are longer and shorter than both.
Constraints ensemble_scenario(std::string name, bool zab) {
  Constraints scenario;
  scenario.name = std::move(name);
  scenario.keys = {
      {"coordination", one_of({1})},
      {"servers", one_of({3, 3, 3, 5})},
      {"zab", one_of({zab ? 1 : 0})},
      {"election_timeout_us", one_of({150'000, 300'000})},
      {"heartbeat_interval_us", one_of({30'000, 60'000})},
      {"start_within_us", one_of({0, 50'000, 2'000'000})},
      {"client_nodes", one_of({1, 2, 3})},
      {"session_timeout_us", one_of({400'000, 1'000'000, 2'000'000})},
      {"session_tick_us", one_of({50'000, 100'000})},
      {"snapshot_count", one_of({5, 30, 100'000})},
      {"snapshots_kept", one_of({1, 3})},
      {"autocreate", one_of({0, 1})},
      {"queued_max_requests", one_of({1, 3, 1'000})},
      {"sector_bytes", one_of({512, 512, 4096})},
      {"buggify_on_per_million", one_of({0, 250'000, 250'000})},
      {"producers", range(1, 5)},
      {"readers", one_of({1, 2})},
      {"partitions", range(1, 3)},
      {"batches_per_producer", range(40, 160)},
      {"think_time_max_us", one_of({10'000, 50'000, 150'000})},
      {"request_timeout_us", one_of({100'000, 400'000})},
      {"heal_at_us", one_of({6'000'000})},
  };
  scenario.tick = milliseconds(50);
  scenario.faults_until = milliseconds(5'000);
  return scenario;
}

namespace {

Constraints election_scenario(std::string name, bool zab) {
  using enum FaultKind;
  Constraints scenario = ensemble_scenario(std::move(name), zab);
  scenario.summary = fmt::format("three or five coordination services that agree by {}, and lose their leaders",
                                 zab ? "Zab" : "Raft");
  allow(scenario, {power_loss}, 25'000, milliseconds(2'500));
  scenario.faults.back().in_every_run = true;
  allow(scenario, {kill, stop, fast_restart}, 15'000, milliseconds(800));
  allow(scenario, {power_loss_all}, 10'000, milliseconds(300));
  // Where a server without data is not taken for a new one (swarm.cc).
  allow(scenario, {wipe_disk}, 25'000, milliseconds(1'500));
  scenario.faults.back().in_every_run = true;
  allow(scenario, {pause}, 25'000, milliseconds(1'500));
  allow(scenario, {isolate}, 25'000, milliseconds(2'000));
  allow(scenario, {partition_halves, partition_bridge, partition_ring}, 10'000, milliseconds(1'500));
  allow(scenario, {cut, cut_one_way, stall}, 20'000, milliseconds(1'000));
  allow(scenario, {reset, half_close}, 20'000, {});
  allow(scenario, {reset_segment}, 15'000, milliseconds(800));
  allow(scenario, {slow_uniform, slow_heavy_tail}, 12'000, milliseconds(400));
  allow(scenario, {clock_offset, clock_step, clock_drift}, 8'000, milliseconds(1'000));
  allow(scenario, {disk_stall}, 10'000, milliseconds(600));
  allow(scenario, {disk_throttle}, 8'000, milliseconds(400));
  allow(scenario, {eio_write, eio_sync, no_space}, 5'000, milliseconds(150));
  allow(scenario, {crash_lost_write, crash_torn_prefix, crash_torn_suffix, crash_garbage,
                   crash_reordered, crash_wrong_length, crash_lost_name, crash_undone_rename},
        0, {});
  return scenario;
}

}  // namespace

Constraints raft_election_scenario() { return election_scenario("raft-election", false); }
Constraints zab_election_scenario() { return election_scenario("zab-election", true); }

// Two of five gone for good are nobody's trouble; of three, nothing is decided until they are back.
Constraints ensemble_quorum_scenario() {
  using enum FaultKind;
  Constraints scenario = ensemble_scenario("ensemble-quorum", false);
  scenario.summary = "five coordination services, of which two are lost for good, or three for a while";
  scenario.keys["servers"] = one_of({5});
  scenario.keys["zab"] = one_of({0, 1});
  scenario.keys["lost_servers"] = one_of({2, 3});
  scenario.keys["lost_ways"] = one_of({0, 1, 2, 3});
  // Long enough for many clients to ask a leader that does not know yet that it is one no more.
  scenario.keys["election_timeout_us"] = one_of({300'000, 600'000});
  scenario.keys["producers"] = range(4, 10);
  scenario.keys["start_within_us"] = one_of({0, 50'000});
  scenario.keys["lost_at_us"] = range(100'000, 3'000'000);
  scenario.faults_until = milliseconds(3'000);
  // None that cuts links: its end would heal those of the lost.
  allow(scenario, {reset}, 40'000, {});
  allow(scenario, {reset_segment}, 15'000, milliseconds(800));
  allow(scenario, {pause}, 8'000, milliseconds(500));
  allow(scenario, {slow_uniform}, 12'000, milliseconds(200));
  allow(scenario, {fast_restart}, 8'000, {});
  return scenario;
}

}  // namespace weir
