// Swarm: how a scenario's constraints and a seed become a plan (Groce et al., "Swarm testing", 2012).
//
// A scenario states what matters to it; whatever it leaves open is drawn. Every field of a plan
// (plan_fields.h) may be constrained by its key:
//
//   one value    it is that          several values   one of them
//   a range      anything from..to, small numbers as likely as large ones
//
// Each kind of fault that a scenario allows is left out of a run with a chance of its own (0.3 or
// more), so that some runs have hardly any and others are only about one. A kind that is in then
// begins, at each tick of the time of faults, with the chance its rule gives. An ambush does not begin
// then but lies in wait, at one of the few points that the run is about. All of it comes from streams
// keyed by seed, scenario and key: a new key, kind or point shifts nothing else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/plan.h"
#include "sim/base/stream.h"

namespace weir {

struct KeyChoice {
  std::vector<int64_t> values;  // of a range: its two ends
  bool is_range = false;
};

struct FaultRule {
  FaultKind kind = FaultKind::kill;
  uint32_t per_tick_per_million = 0;
  bool in_every_run = false;  // never left out: what the scenario is about
  Duration lasts_min;   // of kinds that last
  Duration lasts_max;
  uint32_t rate_min = 0;  // per million, of kinds that have a rate
  uint32_t rate_max = 0;
  bool ambush = false;    // at the scenario's points instead of by time
  std::string point;      // of an ambush: every other one is here, whatever the run is about; empty: none is
  int64_t amount_min = 0;
  int64_t amount_max = 0;
};

struct Constraints {
  std::string name;
  std::string summary;
  std::map<std::string, KeyChoice> keys;
  std::vector<FaultRule> faults;
  std::vector<std::string> points;  // of ambushes (ambush_points.h)
  uint32_t kind_off_per_million = 400'000;
  Duration tick = milliseconds(10);
  Duration faults_from = milliseconds(5);
  Duration faults_until = milliseconds(700);
};

// Machines 1 to `servers` of `nodes`. In an ensemble, every other fault is about whoever leads.
struct FaultTargets {
  uint32_t servers = 1;
  uint32_t nodes = 2;
};

// What the command line fixes instead of leaving it to the seed.
struct Wishes {
  std::optional<uint32_t> shards;
  std::optional<bool> flush_before_ack;
  std::string planted_bug;
  std::string schedule;  // empty: as drawn
};

Plan resolve(const Constraints& constraints, uint64_t seed, const Wishes& wishes);

// Every fault of one kind over `ticks` ticks: what resolve() does for each rule.
std::vector<Fault> draw_faults(const FaultRule& rule, const Constraints& constraints,
                               FaultTargets targets, Stream& stream);

// A rule with the ranges that suit a kind, for faults that last up to `longest`.
FaultRule usual_rule(FaultKind kind, uint32_t per_tick_per_million, Duration longest);

}  // namespace weir
