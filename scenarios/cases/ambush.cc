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
  scenario.keys["servers"] = one_of({1, 3, 3, 3, 3, 3, 3, 5});
  scenario.keys["ensemble"] = one_of({1});
  scenario.keys["election_timeout_us"] = one_of({60'000, 120'000});
  scenario.keys["heartbeat_interval_us"] = one_of({15'000, 25'000});
  scenario.keys["start_within_us"] = one_of({0, 0, 50'000});
  scenario.keys["autocreate"] = one_of({1});
  scenario.points = ambush_points_of(zab);
  scenario.kind_off_per_million = 350'000;
  // Something has to end reigns, or those who wait for the next leader wait in vain.
  allow(scenario, {stop}, 100'000, milliseconds(300));
  scenario.faults.back().in_every_run = true;
  allow_ambushes(scenario, {power_loss}, 80'000, milliseconds(1), milliseconds(400));
  scenario.faults.back().in_every_run = true;
  allow_ambushes(scenario, {kill}, 30'000, milliseconds(1), milliseconds(400));
  allow_ambushes(scenario, {fast_restart}, 30'000, {}, {});
  allow_ambushes(scenario, {power_loss_all}, 20'000, milliseconds(1), milliseconds(100));
  // Two leaders whose first entries got nowhere, the earlier one elected again and with a slow disk: figure 8.
  allow_ambushes(scenario, {isolate}, 250'000, milliseconds(100), milliseconds(600));
  scenario.faults.back().in_every_run = true;
  scenario.faults.back().point = "coordination.won";
  allow_ambushes(scenario, {disk_stall}, 200'000, milliseconds(5), milliseconds(60));
  scenario.faults.back().in_every_run = true;
  scenario.faults.back().point = "coordination.won";
  allow_ambushes(scenario, {cut, cut_one_way}, 20'000, milliseconds(1), milliseconds(400));
  allow_ambushes(scenario, {pause}, 20'000, milliseconds(1), milliseconds(300));
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
