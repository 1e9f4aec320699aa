#include "scenarios/swarm.h"

#include <algorithm>
#include <tuple>

#include "scenarios/plan_fields.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr Site kPlan{"plan"};
constexpr Site kChoices{"choices"};
constexpr Site kSwitch{"switch"};
constexpr Site kRule{"rule"};
constexpr Site kPoint{"point"};
// Of a scenario's points: so that the same thing happens again and again, and one upon the other.
constexpr uint32_t kPointOffPerMillion = 600'000;
constexpr uint64_t kMostPasses = 16;
// Some network delays, or a sync.
constexpr Duration kShortestDelay = microseconds(20);
constexpr Duration kLongestDelay = milliseconds(4);

uint64_t key_of(const Constraints& constraints, std::string_view what) {
  return fold64(fnv1a(constraints.name), fnv1a(what));
}

int64_t between(Stream& stream, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(stream.below(static_cast<uint64_t>(high - low) + 1));
}

// Each order of magnitude with the same chance: ranges span microseconds to minutes.
int64_t scaled_between(Stream& stream, int64_t low, int64_t high) {
  CHECK(low <= high);
  if (low <= 0) return between(stream, low, high);
  int doublings = 0;
  while (low << (doublings + 1) <= high && doublings < 60) ++doublings;
  const int64_t from = low << stream.below(static_cast<uint64_t>(doublings) + 1);
  return between(stream, from, std::min(high, from * 2));
}

// Whole microseconds: what a plan file can say.
Duration duration_between(Stream& stream, Duration low, Duration high) {
  return microseconds(scaled_between(stream, low.us(), high.us()));
}

// Draws the fields that are constrained, one stream each.
class Drawer {
 public:
  Drawer(const Constraints& constraints, uint64_t seed) : constraints_(constraints), seed_(seed) {}
  void section(std::string_view /*name*/) {}
  template <class T>
  void number(std::string_view key, T& to, int64_t low, int64_t high) {
    if (const auto drawn = draw(key)) {
      CHECK_MSG(*drawn >= low && *drawn <= high, "a constraint outside of what the key allows");
      to = static_cast<T>(*drawn);
    }
  }
  void flag(std::string_view key, bool& to) {
    if (const auto drawn = draw(key)) to = *drawn != 0;
  }
  void duration(std::string_view key, Duration& to) {
    if (const auto drawn = draw(key)) to = microseconds(*drawn);
  }
  void text(std::string_view /*key*/, std::string& /*to*/) {}

 private:
  [[nodiscard]] std::optional<int64_t> draw(std::string_view key) const {
    const auto it = constraints_.keys.find(std::string(key));
    if (it == constraints_.keys.end() || it->second.values.empty()) return std::nullopt;
    const KeyChoice& choice = it->second;
    Stream stream(seed_, kPlan, key_of(constraints_, key), kRule);
    if (choice.is_range) return scaled_between(stream, choice.values[0], choice.values[1]);
    return choice.values[stream.below(choice.values.size())];
  }
  const Constraints& constraints_;
  const uint64_t seed_;
};

void draw_server_target(const FaultTraits& kind, FaultTargets targets, Stream& stream, Fault& fault) {
  const auto server = [&] { return 1 + static_cast<uint32_t>(stream.below(targets.servers)); };
  const auto machine = [&] { return 1 + static_cast<uint32_t>(stream.below(targets.nodes)); };
  const bool stands_still = kind.family == FaultFamily::clock || kind.kind == FaultKind::pause ||
                            kind.kind == FaultKind::cpu_throttle;
  fault.node = stands_still && stream.below(8) == 0 ? machine() : server();
  if (kind.shape != FaultShape::crash && stream.below(2) == 0) fault.node = kWhoeverLeads;
  if (kind.target == FaultTarget::node) return;
  do {
    fault.peer = machine();
  } while (fault.peer == fault.node);
  if (kind.target == FaultTarget::direction && stream.below(2) == 0) {
    std::swap(fault.node, fault.peer);
  }
}

void draw_target(const FaultTraits& kind, FaultTargets targets, Stream& stream, Fault& fault) {
  if (kind.target == FaultTarget::all) return;
  if (targets.servers > 1) return draw_server_target(kind, targets, stream, fault);
  const uint32_t nodes = targets.nodes;
  const uint32_t client = 2 + static_cast<uint32_t>(stream.below(nodes - 1));
  fault.node = Plan::kBroker;
  if (kind.family == FaultFamily::clock || kind.kind == FaultKind::pause ||
      kind.kind == FaultKind::cpu_throttle) {
    // Clients stand still and lose track of time, too, if less often.
    if (stream.below(4) == 0) fault.node = client;
  }
  if (kind.target == FaultTarget::node) return;
  fault.peer = client;
  const bool from_client = kind.kind == FaultKind::api_stall || kind.kind == FaultKind::api_reset;
  if (kind.target == FaultTarget::direction && (from_client || stream.below(2) == 0)) {
    std::swap(fault.node, fault.peer);
  }
}

}  // namespace

std::vector<Fault> draw_faults(const FaultRule& rule, const Constraints& constraints,
                               FaultTargets targets, Stream& stream) {
  const FaultTraits& kind = traits(rule.kind);
  const bool on_crash = kind.shape == FaultShape::crash;
  std::vector<Fault> faults;
  const Duration end = on_crash ? constraints.faults_from + constraints.tick
                                : constraints.faults_until;
  for (Duration at = constraints.faults_from; at < end; at += constraints.tick) {
    if (!on_crash && stream.below(1'000'000) >= rule.per_tick_per_million) continue;
    Fault fault{.kind = rule.kind};
    draw_target(kind, targets, stream, fault);
    if (!on_crash) {
      fault.at = at + microseconds(between(stream, 0, constraints.tick.us() - 1));
    }
    if (kind.shape == FaultShape::lasting || kind.shape == FaultShape::rate) {
      fault.lasts = duration_between(stream, rule.lasts_min, rule.lasts_max);
    }
    if (kind.shape == FaultShape::rate || on_crash) {
      fault.per_million =
          static_cast<uint32_t>(scaled_between(stream, rule.rate_min, rule.rate_max));
    }
    if (!kind.amount.empty()) fault.amount = scaled_between(stream, rule.amount_min, rule.amount_max);
    faults.push_back(fault);
  }
  if (on_crash && targets.servers > 1) {
    // One law for the disks of all servers.
    const Fault law = faults.front();
    faults.assign(targets.servers, law);
    for (uint32_t i = 0; i < targets.servers; ++i) faults[i].node = 1 + i;
  }
  return faults;
}

namespace {

std::string stream_name(const FaultRule& rule) {
  return (rule.ambush ? "ambush " : "") + std::string(name(rule.kind));
}

// The points that a run is about; at least one.
std::vector<std::string> points_of_run(const Constraints& constraints, uint64_t seed) {
  std::vector<std::string> points;
  for (const std::string& point : constraints.points) {
    Stream stream(seed, kPlan, key_of(constraints, point), kPoint);
    if (stream.below(1'000'000) >= kPointOffPerMillion) points.push_back(point);
  }
  if (points.empty() && !constraints.points.empty()) {
    Stream stream(seed, kPlan, key_of(constraints, ""), kPoint);
    points.push_back(constraints.points[stream.below(constraints.points.size())]);
  }
  return points;
}

// Mostly of whoever passes, and mostly at once. One half waits from the beginning, each for a pass of its own: a
// point that is seldom passed, as by a leader who begins, sees another fault each time. The other half begins to
// wait in the course of the run, for a point that may be passed all the time.
void draw_ambush(const FaultRule& rule, const Constraints& constraints, const std::vector<std::string>& points,
                 Stream& stream, Fault& fault) {
  CHECK_MSG(!points.empty(), "a scenario with ambushes names its points");
  fault.point = points[stream.below(points.size())];
  if (!rule.point.empty() && stream.below(2) == 0) fault.point = rule.point;
  if (stream.below(2) == 0) {
    fault.at = constraints.faults_from;
    fault.pass = 1 + static_cast<uint32_t>(stream.below(kMostPasses));
  }
  if (stream.below(2) == 0) fault.delay = duration_between(stream, kShortestDelay, kLongestDelay);
  if (traits(fault.kind).target != FaultTarget::all && stream.below(5) != 0) fault.node = kWhoeverPassed;
}

}  // namespace

FaultRule usual_rule(FaultKind kind, uint32_t per_tick_per_million, Duration longest) {
  const FaultTraits& of = traits(kind);
  FaultRule rule{.kind = kind,
                 .per_tick_per_million = per_tick_per_million,
                 .lasts_min = std::min(milliseconds(1), longest),
                 .lasts_max = longest,
                 .rate_min = 2'000,
                 .rate_max = 300'000,
                 .amount_min = of.amount_low,
                 .amount_max = of.amount_high};
  const int64_t longest_us = std::max<int64_t>(longest.us(), 1'000);
  switch (kind) {
    case FaultKind::slow_fixed:
    case FaultKind::slow_uniform:
    case FaultKind::slow_exponential:
    case FaultKind::slow_bimodal:
    case FaultKind::slow_heavy_tail:
      rule.amount_min = 500;
      rule.amount_max = std::max<int64_t>(longest_us / 4, 1'000);
      break;
    case FaultKind::bandwidth: rule.amount_min = 20'000, rule.amount_max = 10'000'000; break;
    case FaultKind::disk_throttle: rule.amount_min = 50'000, rule.amount_max = 100'000'000; break;
    case FaultKind::bit_rot: rule.amount_min = 1, rule.amount_max = 512; break;
    case FaultKind::cpu_throttle: rule.amount_min = 2, rule.amount_max = 200; break;
    case FaultKind::api_stall:
    case FaultKind::api_reset: rule.amount_min = 0, rule.amount_max = 1; break;  // Produce, Fetch
    case FaultKind::clock_drift:
    case FaultKind::clock_wall_drift: rule.amount_min = -100'000, rule.amount_max = 100'000; break;
    // Such a disk or memory is rare; at a high rate nothing at all would get through.
    case FaultKind::misdirected_write:
    case FaultKind::misdirected_read: rule.rate_min = 1'000, rule.rate_max = 20'000; break;
    case FaultKind::corrupt: rule.rate_max = 50'000; break;
    default: break;
  }
  if (of.shape == FaultShape::crash) {
    // Five of them share one draw: at most a million together.
    const bool shares = kind <= FaultKind::crash_reordered;
    rule.rate_min = shares ? 10'000 : 100'000;
    rule.rate_max = shares ? 190'000 : 1'000'000;
  }
  return rule;
}

namespace {

// An ensemble loses at most a minority's disks, and only where it is told what that means.
void limit_wipes(Plan& plan) {
  uint32_t left = plan.autocreate ? 0 : (plan.servers - 1) / 2;
  std::erase_if(plan.faults, [&](const Fault& fault) {
    const bool wipes = fault.kind == FaultKind::wipe_disk || fault.kind == FaultKind::replace_node;
    if (!wipes) return false;
    if (left == 0) return true;
    --left;
    return false;
  });
}

}  // namespace

Plan resolve(const Constraints& constraints, uint64_t seed, const Wishes& wishes) {
  Plan plan;
  plan.scenario = constraints.name;
  plan.seed = seed;
  plan.choices_key = Stream(seed, kPlan, key_of(constraints, ""), kChoices).next();
  Drawer drawer(constraints, seed);
  plan_fields(plan, drawer);

  const std::vector<std::string> points = points_of_run(constraints, seed);
  for (const FaultRule& rule : constraints.faults) {
    Stream stream(seed, kPlan, key_of(constraints, stream_name(rule)), kSwitch);
    if (!rule.in_every_run && stream.below(1'000'000) < constraints.kind_off_per_million) continue;
    for (Fault& fault : draw_faults(rule, constraints, {plan.servers, plan.nodes()}, stream)) {
      if (rule.ambush) draw_ambush(rule, constraints, points, stream, fault);
      if (fault.at < plan.heal_at) plan.faults.push_back(fault);
    }
  }
  if (plan.is_ensemble()) limit_wipes(plan);
  std::sort(plan.faults.begin(), plan.faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.at, a.kind, a.lasts, a.node, a.peer, a.point, a.pass, a.delay) <
           std::tie(b.at, b.kind, b.lasts, b.node, b.peer, b.point, b.pass, b.delay);
  });

  if (wishes.shards) plan.shards = *wishes.shards;
  if (wishes.flush_before_ack) plan.flush_before_ack = *wishes.flush_before_ack;
  if (!wishes.schedule.empty()) plan.schedule = wishes.schedule;
  plan.planted_bug = wishes.planted_bug;
  return plan;
}

}  // namespace weir
