// Runs: the same plan is the same run, by whichever oracle it is answered.
#include "tests/support/test_pch.h"

#include "scenarios/registry.h"
#include "scenarios/run.h"

namespace weir {
namespace {
Plan plan_of(uint64_t seed) { return resolve(*find_scenario("power-loss"), seed, {}); }
}  // namespace

TEST_CASE("a plan gives the same hash and counts each time it runs") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RunRecord first = run_plan(plan_of(seed));
    const RunRecord second = run_plan(plan_of(seed));
    REQUIRE(first.hash == second.hash);
    REQUIRE(first.acked == second.acked);
    REQUIRE(first.trace_events == second.trace_events);
  }
}

TEST_CASE("recorded choices replay the run without its random streams") {
  const Plan plan = plan_of(5);
  RandomOracle random;
  RecordingOracle recording(random);
  const RunRecord first = run_plan(plan, {.oracle = &recording});
  REQUIRE(recording.choices().size() > 1'000);

  // Whoever asks beyond the record gets zeros, so a difference would show.
  class Zeros final : public ChoiceOracle {
    uint64_t choose(const Site&, Stream&, uint64_t) override { return 0; }
  } zeros;
  ReplayingOracle replaying(recording.choices(), zeros);
  const RunRecord second = run_plan(plan, {.oracle = &replaying});
  REQUIRE_FALSE(replaying.mismatch().has_value());
  REQUIRE(replaying.exhausted());
  REQUIRE(second.hash == first.hash);
}

TEST_CASE("a record of another run is noticed at the first question that does not fit") {
  RandomOracle random;
  RecordingOracle recording(random);
  run_plan(plan_of(5), {.oracle = &recording});
  ReplayingOracle replaying(recording.choices(), random);
  Plan other = plan_of(5);
  other.partitions += 1;
  run_plan(other, {.oracle = &replaying});
  REQUIRE(replaying.mismatch().has_value());
}

TEST_CASE("what a trace sink does cannot be observed by the run") {
  class Counter final : public TraceSink {
   public:
    void on_event(const TraceEvent&, uint64_t hash) override {
      ++events;
      last_hash = hash;
    }
    uint64_t events = 0;
    uint64_t last_hash = 0;
  } counter;
  const RunRecord traced = run_plan(plan_of(9), {.sink = &counter});
  REQUIRE(traced.hash == run_plan(plan_of(9)).hash);
  REQUIRE(counter.events == traced.trace_events);
}

TEST_CASE("log lines cannot be observed by the run") {
  uint64_t lines = 0;
  const RunRecord logged = run_plan(
      plan_of(9), {.log_sink = [&](uint32_t, LogLevel, std::string_view, std::string_view) {
        ++lines;
      }});
  REQUIRE(lines > 0);
  REQUIRE(logged.hash == run_plan(plan_of(9)).hash);
}

TEST_CASE("a workload that cannot finish is a liveness finding") {
  Plan plan = plan_of(3);
  plan.settle_within = microseconds(10);
  plan.batches_per_producer = 100'000;
  REQUIRE(run_plan(plan).verdict == VerdictKind::liveness);
}

TEST_CASE("acking before the fsync is found by the durability oracle") {
  bool found = false;
  for (uint64_t seed = 1; seed <= 200 && !found; ++seed) {
    const Plan plan =
        resolve(*find_scenario("power-loss"), seed, {.planted_bug = "ack-before-fsync"});
    found = run_plan(plan).verdict == VerdictKind::invariant;
  }
  REQUIRE(found);
}

TEST_CASE("with Kafka's default flush settings a loss is found and is no violation") {
  uint64_t losses = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RunRecord record =
        run_plan(resolve(*find_scenario("power-loss"), seed, {.flush_before_ack = false}));
    REQUIRE(record.verdict == VerdictKind::pass);
    losses += record.allowed_losses;
  }
  REQUIRE(losses > 0);
}

// --- ensembles ---------------------------------------------------------------------------------

namespace {

// The first seed from `first` on, of at most `most`, whose run ends with a finding of that kind.
std::optional<uint64_t> found_at(std::string_view scenario, std::string_view bug, VerdictKind kind,
                                 uint64_t first, uint64_t most) {
  for (uint64_t seed = first; seed < first + most; ++seed) {
    const RunRecord record =
        run_plan(resolve(*find_scenario(scenario), seed, {.planted_bug = std::string(bug)}));
    for (const Finding& finding : record.findings) {
      if (finding.kind == kind) return seed;
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("an ensemble that loses its leaders decides on, and each run of a plan is the same") {
  for (const char* const scenario : {"raft-election", "ensemble-quorum", "raft-ambush", "zab-ambush"}) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      const Plan plan = resolve(*find_scenario(scenario), seed, {});
      const RunRecord first = run_plan(plan);
      INFO(scenario << " " << seed << (first.findings.empty() ? "" : ": " + first.findings[0].sentence));
      REQUIRE(first.verdict == VerdictKind::pass);
      REQUIRE(first.acked > 0);
      REQUIRE(run_plan(plan).hash == first.hash);
    }
  }
}

TEST_CASE("two leaders of one term are found by the ensemble oracle") {
  REQUIRE(found_at("raft-election", "raft-one-vote-per-term", VerdictKind::invariant, 1000, 100));
}

TEST_CASE("a minority that commits is found by the ensemble oracle") {
  REQUIRE(found_at("raft-ambush", "raft-commit-needs-majority", VerdictKind::invariant, 1000, 30));
}

TEST_CASE("a vote and a promise that are forgotten are found by the ensemble oracle") {
  REQUIRE(found_at("raft-ambush", "raft-vote-is-durable", VerdictKind::invariant, 1000, 200));
  REQUIRE(found_at("zab-ambush", "zab-epoch-is-durable", VerdictKind::invariant, 1000, 30));
}

TEST_CASE("a follower that answers a sync by itself is found by the znode oracle") {
  REQUIRE(found_at("raft-election", "coordination-sync-is-local", VerdictKind::history, 1000, 300));
}

TEST_CASE("an ensemble of which too many are lost, and never come back, is a liveness finding") {
  Plan plan = resolve(*find_scenario("ensemble-quorum"), 1, {});
  plan.lost_servers = 2;
  plan.lost_ways = 0;
  plan.faults = {{.kind = FaultKind::cut, .at = milliseconds(1), .lasts = milliseconds(1), .node = 1, .peer = 2}};
  REQUIRE(run_plan(plan).verdict == VerdictKind::pass);
  plan.servers = 3;  // of three no majority is left when two are gone: they come back with the healing
  const RunRecord back = run_plan(plan);
  REQUIRE(back.verdict == VerdictKind::pass);
  plan.settle_within = milliseconds(1);
  REQUIRE(run_plan(plan).verdict == VerdictKind::liveness);
}

}  // namespace weir
