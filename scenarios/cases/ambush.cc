// Ensembles whose servers are waited for at the steps of their protocol.
#include <fmt/core.h>

#include "scenarios/ambush_points.h"
#include "scenarios/cases/coordination.h"
#include "scenarios/cases/rules.h"

namespace weir {
namespace {

// Elections are short, so that many leaders begin, and servers are soon back: what one has left behind on its disk
// must meet those who went on without it.
Constraints ambush_scenario(std::string name, bool zab) {
  using enum FaultKind;
  Constraints scenario = ensemble_scenario(std::move(name), zab);
  scenario.summary = fmt::format("one, three or five coordination services that agree by {}, struck at the very steps "
                                 "of it", zab ? "Zab" : "Raft");
  scenario.keys["servers"] = one_of({1, 3, 3, 3, 3, 5, 5});
  scenario.keys["ensemble"] = one_of({1});
  scenario.keys["election_timeout_us"] = one_of({100'000, 200'000});
  scenario.keys["heartbeat_interval_us"] = one_of({20'000, 40'000});
  scenario.keys["start_within_us"] = one_of({0, 0, 50'000});
  scenario.keys["autocreate"] = one_of({1});
  scenario.points = ambush_points_of(zab);
  allow_ambushes(scenario, {power_loss}, 150'000, milliseconds(400));
  scenario.faults.back().in_every_run = true;
  allow_ambushes(scenario, {kill, fast_restart}, 60'000, milliseconds(300));
  allow_ambushes(scenario, {power_loss_all}, 40'000, milliseconds(100));
  allow_ambushes(scenario, {isolate}, 60'000, milliseconds(600));
  allow_ambushes(scenario, {cut, cut_one_way}, 40'000, milliseconds(400));
  allow_ambushes(scenario, {disk_stall, pause}, 50'000, milliseconds(300));
  allow(scenario, {slow_uniform}, 12'000, milliseconds(200));
  allow(scenario, {reset}, 20'000, {});
  allow(scenario, {crash_lost_write, crash_torn_prefix, crash_torn_suffix, crash_garbage, crash_reordered,
                   crash_wrong_length, crash_lost_name, crash_undone_rename},
        0, {});
  return scenario;
}

}  // namespace

Constraints raft_ambush_scenario() { return ambush_scenario("raft-ambush", false); }
Constraints zab_ambush_scenario() { return ambush_scenario("zab-ambush", true); }

}  // namespace weir
