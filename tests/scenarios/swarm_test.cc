// Scenarios: constraints and a seed become a plan.
#include "tests/support/test_pch.h"

#include <map>
#include <set>

#include "scenarios/host/scenario_file.h"
#include "scenarios/probes.h"
#include "scenarios/registry.h"

namespace weir {
namespace {

constexpr std::string_view kFile = R"(
name = "mine"
base = "power-loss"
kind_off_per_million = 0
faults_until_us = 105000
[keys]
shards = 2
producers = [1, 4]
think_time_max_us = {from = 1000, to = 30000}
flush_before_ack = false
[[fault]]
kind = "kill"
per_tick_per_million = 1000000
lasts_us = {from = 1000, to = 2000}
[[fault]]
kind = "cut"
per_tick_per_million = 0
)";

}  // namespace

TEST_CASE("every drawn plan is one that the world can honour") {
  for (const Constraints& scenario : scenarios()) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      const Plan plan = resolve(scenario, seed, {});
      Duration last;
      for (const Fault& fault : plan.faults) {
        REQUIRE(complaint(fault, plan.nodes()).empty());
        REQUIRE(fault.at >= last);
        REQUIRE(fault.at < plan.heal_at);
        last = fault.at;
      }
    }
  }
}

TEST_CASE("each kind is left out of at least three runs in ten, but what the scenario is about") {
  for (const Constraints& scenario : scenarios()) {
    REQUIRE(scenario.kind_off_per_million >= 300'000);
    std::map<FaultKind, int> without;
    constexpr int kSeeds = 600;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      std::set<FaultKind> there;
      for (const Fault& fault : resolve(scenario, seed, {}).faults) there.insert(fault.kind);
      for (const FaultRule& rule : scenario.faults) without[rule.kind] += there.contains(rule.kind) ? 0 : 1;
    }
    for (const FaultRule& rule : scenario.faults) {
      INFO(scenario.name << " " << name(rule.kind));
      if (!rule.in_every_run) REQUIRE(without[rule.kind] >= kSeeds * 3 / 10);
      REQUIRE(without[rule.kind] < kSeeds);
    }
  }
}

TEST_CASE("a run with ambushes is about some of the scenario's points, and each point has its runs") {
  for (const char* const name : {"raft-ambush", "zab-ambush"}) {
    const Constraints scenario = *find_scenario(name);
    std::map<std::string, int> runs;
    std::set<uint32_t> sizes;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      const Plan plan = resolve(scenario, seed, {});
      REQUIRE(plan.is_ensemble());
      sizes.insert(plan.servers);
      std::set<std::string> points;
      for (const Fault& fault : plan.faults) {
        if (fault.is_ambush()) points.insert(fault.point);
      }
      REQUIRE_FALSE(points.empty());
      for (const std::string& point : points) ++runs[point];
    }
    REQUIRE(sizes == std::set<uint32_t>{1, 3, 5});
    REQUIRE(runs.size() == scenario.points.size());
    for (const auto& [point, count] : runs) {
      INFO(point);
      REQUIRE(count > 60);
      if (point != "coordination.won") REQUIRE(count < 200);  // where some faults are in every run
    }
  }
}

TEST_CASE("an ensemble loses at most a minority's disks, and none where no data means a new server") {
  std::set<std::pair<uint32_t, size_t>> drawn;  // servers, disks
  for (const std::string_view name : {"raft-election", "zab-election"}) {
    for (uint64_t seed = 1; seed <= 600; ++seed) {
      const Plan plan = resolve(*find_scenario(name), seed, {});
      size_t wiped = 0;
      for (const Fault& fault : plan.faults) wiped += fault.kind == FaultKind::wipe_disk ? 1 : 0;
      REQUIRE(wiped <= (plan.autocreate ? 0 : (plan.servers - 1) / 2));
      drawn.emplace(plan.servers, wiped);
    }
  }
  REQUIRE(drawn.contains({3, 1}));
  REQUIRE(drawn.contains({5, 2}));
}

TEST_CASE("over 100,000 ticks a kind begins at its set rate") {
  for (const FaultTraits& kind : fault_kinds()) {
    if (kind.shape == FaultShape::crash) continue;
    Constraints ticks;
    ticks.name = "ticks";
    ticks.tick = milliseconds(1);
    ticks.faults_from = {};
    ticks.faults_until = milliseconds(100'000);
    Stream stream(7, Site{"test.ticks"}, static_cast<uint64_t>(kind.kind), Site{"test"});
    const FaultRule rule = usual_rule(kind.kind, 300'000, milliseconds(300));
    const auto begun = static_cast<double>(draw_faults(rule, ticks, {.servers = 1, .nodes = 3}, stream).size());
    INFO(kind.name << " began " << begun << " times");
    REQUIRE(begun > 30'000 * 0.98);
    REQUIRE(begun < 30'000 * 1.02);
  }
}

TEST_CASE("a new kind or key of a scenario shifts nothing else") {
  const Constraints before = *find_scenario("power-loss");
  Constraints after = before;
  after.faults.insert(after.faults.begin(), usual_rule(FaultKind::pause, 500'000, seconds(1)));
  after.keys["poll_wait_us"] = {{1'000, 2'000}, true};
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Plan with = resolve(after, seed, {});
    std::erase_if(with.faults, [](const Fault& fault) { return fault.kind == FaultKind::pause; });
    with.poll_wait = Plan{}.poll_wait;
    REQUIRE(with == resolve(before, seed, {}));
  }
}

TEST_CASE("a scenario file fixes what it states and leaves the rest to the seed") {
  const auto scenario = scenario_from_toml(kFile);
  REQUIRE(scenario.ok());
  std::set<uint32_t> producers;
  std::set<uint64_t> segment_sizes;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Plan plan = resolve(*scenario, seed, {});
    REQUIRE(plan.scenario == "mine");
    REQUIRE(plan.shards == 2);
    REQUIRE_FALSE(plan.flush_before_ack);
    REQUIRE(plan.think_time_max >= milliseconds(1));
    REQUIRE(plan.think_time_max <= milliseconds(30));
    producers.insert(plan.producers);
    segment_sizes.insert(plan.segment_bytes);
    int kills = 0;
    for (const Fault& fault : plan.faults) {
      REQUIRE(fault.kind != FaultKind::cut);
      if (fault.kind != FaultKind::kill) continue;
      ++kills;
      REQUIRE(fault.lasts >= milliseconds(1));
      REQUIRE(fault.lasts <= milliseconds(2));
    }
    REQUIRE(kills == 10);  // one a tick
  }
  REQUIRE(producers == std::set<uint32_t>{1, 4});
  REQUIRE(segment_sizes.size() == 3);
}

TEST_CASE("a scenario file that cannot be honoured is refused, by key") {
  for (const auto& [text, key] :
       {std::pair{"summary = \"x\"", "name"}, std::pair{"name = 7", "name"},
        std::pair{"name = \"x\"\nbase = \"nothing\"", "base"},
        std::pair{"name = \"x\"\ncolour = 1", "colour"},
        std::pair{"name = \"x\"\n[keys]\nshards = 99999", "shards"},
        std::pair{"name = \"x\"\n[keys]\nshards = []", "shards"},
        std::pair{"name = \"x\"\n[keys]\nshards = {from = 3, to = 1}", "shards"},
        std::pair{"name = \"x\"\n[keys]\nshard = 1", "shard"},
        std::pair{"name = \"x\"\n[[fault]]\nkind = \"flood\"", "flood"},
        std::pair{"name = \"x\"\n[[fault]]\nkind = \"kill\"\nbytes = 4", "bytes"},
        std::pair{"name = \"x\"\ntick_us = 0", "tick_us"}, std::pair{"= 4", "line 1"}}) {
    INFO(text);
    const auto read = scenario_from_toml(text);
    REQUIRE_FALSE(read.ok());
    REQUIRE(read.error().find(key) != std::string::npos);
  }
}

TEST_CASE("whatever the text, reading a scenario ends with a scenario or an error") {
  REQUIRE(rc::check([](const std::string& text) { (void)scenario_from_toml(text).ok(); }));
}

TEST_CASE("each planted bug names a scenario that there is") {
  for (const PlantedBug& bug : planted_bugs()) {
    INFO(bug.name);
    REQUIRE(find_scenario(bug.scenario).has_value());
  }
  REQUIRE(planted_bugs().size() >= 20);
}

}  // namespace weir
