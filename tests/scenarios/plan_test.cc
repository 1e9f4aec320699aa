// Plans, records and totals: data that survives being written down.
#include "tests/support/test_pch.h"

#include "scenarios/host/plan_file.h"
#include "scenarios/host/record_json.h"
#include "scenarios/host/sweep_totals.h"
#include "scenarios/probes.h"
#include "scenarios/registry.h"

namespace weir {
namespace {

Plan plan_of(uint64_t seed) { return resolve(*find_scenario("power-loss"), seed, {}); }

std::string changed(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

RunRecord passing_record() {
  RunRecord record;
  record.acked = 1;
  for (FaultCount& count : record.faults) count = {1, 1, 1};
  return record;
}

}  // namespace

TEST_CASE("a plan read from its file is the plan that was written") {
  for (const Constraints& scenario : scenarios()) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      const Plan plan = resolve(scenario, seed, {});
      const auto read = plan_from_toml(plan_to_toml(plan));
      REQUIRE(read.ok());
      REQUIRE(*read == plan);
    }
  }
}

TEST_CASE("a plan may name whoever leads in place of a machine, and no law of a disk may") {
  const std::string head = "scenario = \"x\"\nseed = 1\nchoices_key = \"0x1\"\n[[fault]]\n";
  const auto kill = plan_from_toml(head + "kind = \"kill\"\nat_us = 5\nnode = \"leader\"");
  REQUIRE(kill.ok());
  REQUIRE(kill->faults[0].node == kWhoeverLeads);
  REQUIRE(plan_to_toml(*kill).find("node = \"leader\"") != std::string::npos);
  REQUIRE_FALSE(plan_from_toml(head + "kind = \"kill\"\nat_us = 5\nnode = \"follower\"").ok());
  REQUIRE_FALSE(
      plan_from_toml(head + "kind = \"crash-lost-write\"\nnode = \"leader\"\nper_million = 5").ok());
}

TEST_CASE("a plan may have ambushes, and one that cannot be is refused by key") {
  const std::string head = "scenario = \"x\"\nseed = 1\nchoices_key = \"0x1\"\n[[fault]]\nkind = \"kill\"\nat_us = 5\n";
  const auto kill = plan_from_toml(head + "node = \"passer\"\npoint = \"coordination.won\"\npass = 3\ndelay_us = 7");
  REQUIRE(kill.ok());
  REQUIRE(kill->faults[0].node == kWhoeverPassed);
  REQUIRE(kill->faults[0].point == "coordination.won");
  REQUIRE(kill->faults[0].pass == 3);
  REQUIRE(kill->faults[0].delay == microseconds(7));
  REQUIRE(*plan_from_toml(plan_to_toml(*kill)) == *kill);
  for (const auto& [fault, key] : {std::pair{"node = \"passer\"", "point"},
                                   std::pair{"node = 1\npass = 2", "pass"},
                                   std::pair{"node = 1\ndelay_us = 2", "delay_us"},
                                   std::pair{"node = 1\npoint = \"x\"\npass = 0", "pass"}}) {
    INFO(fault);
    const auto read = plan_from_toml(head + fault);
    REQUIRE_FALSE(read.ok());
    REQUIRE(read.error().find(key) != std::string::npos);
  }
  const auto law = plan_from_toml(
      "scenario = \"x\"\nseed = 1\nchoices_key = \"0x1\"\n[[fault]]\nkind = \"crash-lost-write\"\nnode = 1\n"
      "per_million = 5\npoint = \"x\"");
  REQUIRE_FALSE(law.ok());
}

TEST_CASE("a plan written before a key was known gets the key's default") {
  Plan plan = plan_of(1);
  plan.poll_wait = milliseconds(7);
  const auto read = plan_from_toml(changed(plan_to_toml(plan), "poll_wait_us = 7000\n", ""));
  REQUIRE(read.ok());
  REQUIRE(read->poll_wait == milliseconds(20));
}

TEST_CASE("a fault that no world could honour is refused, by key") {
  const std::string head = "scenario = \"x\"\nseed = 1\nchoices_key = \"0x1\"\n[[fault]]\n";
  for (const auto& [fault, key] :
       {std::pair{"kind = \"kill\"\nat_us = 5", "node"},
        std::pair{"kind = \"kill\"\nat_us = 5\nnode = 9", "node"},
        std::pair{"kind = \"kill\"\nat_us = 5\nnode = 1\npeer = 2", "peer"},
        std::pair{"kind = \"cut\"\nat_us = 5\nnode = 1\npeer = 1", "peer"},
        std::pair{"kind = \"eio-read\"\nat_us = 5\nnode = 1", "per_million"},
        std::pair{"kind = \"kill\"\nat_us = 5\nnode = 1\nper_million = 5", "per_million"},
        std::pair{"kind = \"reset\"\nat_us = 5\nlasts_us = 5\nnode = 1\npeer = 2", "lasts_us"},
        std::pair{"kind = \"clock-step\"\nat_us = 5\nnode = 1\nmilliseconds = 9999999", "amount"},
        std::pair{"kind = \"kill\"\nat_us = 5\nnode = 1\nppm = 3", "ppm"}}) {
    INFO(fault);
    const auto read = plan_from_toml(head + fault);
    REQUIRE_FALSE(read.ok());
    REQUIRE(read.error().find(key) != std::string::npos);
  }
}

TEST_CASE("a plan with a key that is not known is refused, by name") {
  const auto read = plan_from_toml(changed(plan_to_toml(plan_of(1)), "shards =", "shard ="));
  REQUIRE_FALSE(read.ok());
  REQUIRE(read.error().find("shard") != std::string::npos);
}

TEST_CASE("a plan with a value that cannot be is refused, by key") {
  const std::string text = plan_to_toml(plan_of(1));
  for (const auto& [from, to, key] :
       {std::tuple{"producers =", "producers = 0 #", "producers"},
        std::tuple{"idempotent = true", "idempotent = 1", "idempotent"},
        std::tuple{"choices_key = \"0x", "choices_key = \"zz", "choices_key"},
        std::tuple{"kind = \"power-loss\"", "kind = \"flood\"", "kind"},
        std::tuple{"[workload]", "[work]", "work"}}) {
    const auto read = plan_from_toml(changed(text, from, to));
    INFO(key);
    REQUIRE_FALSE(read.ok());
    REQUIRE(read.error().find(key) != std::string::npos);
  }
  REQUIRE_FALSE(plan_from_toml("= nonsense").ok());
}

TEST_CASE("whatever the text, reading a plan ends with a plan or an error") {
  REQUIRE(rc::check([](const std::string& text) { (void)plan_from_toml(text).ok(); }));
}

TEST_CASE("a record read from its line has every figure") {
  RunRecord record = passing_record();
  record.plan.scenario = "power-loss";
  record.plan.seed = 77;
  record.verdict = VerdictKind::history;
  record.findings.push_back({VerdictKind::history, "lost_write", "a \"quoted\"\nsentence", 17});
  record.probes["sometimes.x"] = 3;
  record.hash = 0xfedcba9876543210;
  const auto read = record_from_json(record_to_json(record));
  REQUIRE(read.ok());
  REQUIRE(read->hash == record.hash);
  REQUIRE(read->verdict == VerdictKind::history);
  REQUIRE(read->findings.at(0).sentence == record.findings[0].sentence);
  REQUIRE(read->faults[0].effective == 1);
  REQUIRE(read->findings.at(0).at_ns == 17);
  REQUIRE(read->probes == record.probes);
  REQUIRE_FALSE(record_from_json("{}").ok());
  REQUIRE_FALSE(record_from_json("no").ok());
}

TEST_CASE("a sweep in which a fault never fired, or nothing was acked, proves nothing") {
  SweepTotals totals;
  REQUIRE_FALSE(totals.vacuous("power-loss").empty());
  RunRecord record = passing_record();
  record.faults[static_cast<size_t>(FaultKind::cut)] = {1, 0, 0};
  for (const Probe& probe : probes()) record.probes[std::string(probe.name)] = 1;
  for (uint64_t i = 0; i + 1 < SweepTotals::kSeedsForEffect; ++i) totals.add(record);
  REQUIRE(totals.vacuous("power-loss").empty());  // too few to tell
  totals.add(record);
  REQUIRE(totals.vacuous("power-loss") == "fault cut never fired");
  record.faults[static_cast<size_t>(FaultKind::cut)] = {1, 1, 0};
  totals.add(record);
  REQUIRE(totals.vacuous("power-loss") == "fault cut never had an effect");
  totals.add(passing_record());
  REQUIRE(totals.vacuous("power-loss").empty());

  SweepTotals unprobed;
  for (uint64_t i = 0; i < SweepTotals::kSeedsForProbes; ++i) unprobed.add(passing_record());
  REQUIRE(unprobed.vacuous("power-loss") == "never reached: sometimes.fetch.incremental");

  SweepTotals idle;
  RunRecord silent = passing_record();
  silent.acked = 0;
  idle.add(silent);
  REQUIRE_FALSE(idle.vacuous("power-loss").empty());
}

}  // namespace weir
