#include "sim/fault/fault_schedule.h"

#include <algorithm>

namespace weir {
namespace {

// Of an event's argument; the rest is the fault's index.
constexpr uint64_t kEnd = uint64_t{1} << 63;
constexpr uint64_t kSprung = uint64_t{1} << 62;
constexpr Duration kNever{-1};
constexpr Site kComponent{"fault"};
constexpr Site kPurpose{"schedule"};
constexpr Site kBegin{"fault.begin"};
constexpr Site kEndSite{"fault.end"};

}  // namespace

FaultSchedule::FaultSchedule(World& world, std::vector<Fault> faults, std::vector<uint32_t> servers,
                             FaultHooks hooks)
    : world_(world),
      faults_(std::move(faults)),
      servers_(std::move(servers)),
      hooks_(std::move(hooks)),
      active_(faults_.size()),
      sprung_at_(faults_.size(), kNever),
      stream_(world.simulator().stream(kComponent, 0, kPurpose)) {
  for (uint32_t node = 1; node <= world_.node_count(); ++node) {
    world_.node(node).disk_faults().on_damage = [this, node](const DiskDamage& damage) {
      if (hooks_.on_damage) hooks_.on_damage(node, damage);
    };
  }
}

FaultSchedule::~FaultSchedule() {
  // The world outlives this, and its machines may still have something to say.
  for (const uint32_t node : servers_) {
    if (listening_) world_.node(node).on_product_event = nullptr;
  }
}

void FaultSchedule::start() {
  // A plan that says how writes are lost says all of it.
  for (const Fault& fault : faults_) {
    if (fault.kind < FaultKind::crash_lost_write || fault.kind > FaultKind::crash_reordered) continue;
    CrashLaw& law = world_.node(fault.node).disk_faults().crash;
    for (FaultPoint* point : {&law.lost, &law.prefix, &law.suffix, &law.subset, &law.garbage}) {
      point->per_million = 0;
    }
  }
  for (const Fault& fault : faults_) {
    CHECK_MSG(complaint(fault, world_.node_count()).empty(), "a fault that the world cannot honour");
    ++count(fault.kind).planned;
    if (traits(fault.kind).shape == FaultShape::crash) begin(fault);
  }
  listen();
  for (const uint32_t node : servers_) hooks_.boot(node);
  for (size_t i = 0; i < faults_.size(); ++i) {
    if (traits(faults_[i].kind).shape == FaultShape::crash) continue;
    world_.simulator().at(faults_[i].at.ns(), *this, i);
  }
}

void FaultSchedule::on_event(uint64_t argument) {
  if (healed_) return;
  const uint64_t index = argument & ~(kEnd | kSprung);
  if ((argument & kEnd) != 0) {
    end(faults_.at(index));
    active_.at(index) = false;
  } else if (faults_.at(index).is_ambush() && (argument & kSprung) == 0) {
    lie_in_wait(index);
  } else {
    begin_at(index);
  }
}

void FaultSchedule::begin_at(uint64_t index) {
  Fault& fault = faults_.at(index);
  if (fault.is_ambush()) sprung_at_.at(index) = Duration{world_.simulator().now_ns()};
  name_leader(fault);
  begin(fault);
  const FaultShape shape = traits(fault.kind).shape;
  if (shape == FaultShape::lasting || shape == FaultShape::rate) {
    active_.at(index) = true;
    world_.simulator().at(world_.simulator().now_ns() + fault.lasts.ns(), *this, index | kEnd);
  }
}

void FaultSchedule::name_leader(Fault& fault) const {
  if (fault.node != kWhoeverLeads && fault.peer != kWhoeverLeads) return;
  name(fault, kWhoeverLeads, hooks_.leader ? hooks_.leader() : servers_.front());
}

// A pair of that machine and itself is that machine and another.
void FaultSchedule::name(Fault& fault, uint32_t placeholder, uint32_t machine) const {
  uint32_t& named = fault.node == placeholder ? fault.node : fault.peer;
  uint32_t& other = fault.node == placeholder ? fault.peer : fault.node;
  named = machine;
  if (other == machine) other = machine == 1 ? 2 : 1;
}

void FaultSchedule::begin(const Fault& fault) {
  Simulator& simulator = world_.simulator();
  simulator.trace().record(simulator.now_ns(), 0, 0, kBegin, static_cast<uint64_t>(fault.kind),
                           fault.node, fault.peer, static_cast<uint64_t>(fault.lasts.ns()));
  const FaultShape shape = traits(fault.kind).shape;
  if (shape == FaultShape::instant || shape == FaultShape::lasting) ++count(fault.kind).fired;
  switch (traits(fault.kind).family) {
    case FaultFamily::network: begin_network(fault); break;
    case FaultFamily::disk:
    case FaultFamily::crash: begin_disk(fault); break;
    case FaultFamily::process: begin_process(fault); break;
    case FaultFamily::clock: begin_clock(fault); break;
  }
}

void FaultSchedule::end(const Fault& fault) {
  Simulator& simulator = world_.simulator();
  simulator.trace().record(simulator.now_ns(), 0, 0, kEndSite, static_cast<uint64_t>(fault.kind),
                           fault.node, fault.peer);
  switch (traits(fault.kind).family) {
    case FaultFamily::network: end_network(fault); break;
    case FaultFamily::disk:
    case FaultFamily::crash: end_disk(fault); break;
    case FaultFamily::process: end_process(fault); break;
    case FaultFamily::clock: end_clock(fault); break;
  }
}

// --- ambushes ------------------------------------------------------------------------------------

// Beside whoever listens already.
void FaultSchedule::listen() {
  listening_ = std::any_of(faults_.begin(), faults_.end(),
                           [](const Fault& fault) { return fault.is_ambush(); });
  if (!listening_) return;
  for (const uint32_t node : servers_) {
    auto& heard = world_.node(node).on_product_event;
    heard = [this, node, first = std::move(heard)](const Site& site, const std::array<uint64_t, 4>& values) {
      if (first) first(site, values);
      passed(node, site);
    };
  }
}

void FaultSchedule::lie_in_wait(uint64_t index) {
  const Fault& fault = faults_.at(index);
  ambushes_.push_back({index, fnv1a(fault.point), fault.pass});
}

// Called from the midst of product code: only makes it happen later, be it at the same time.
void FaultSchedule::passed(uint32_t node, const Site& site) {
  if (healed_ || ambushes_.empty()) return;
  std::erase_if(ambushes_, [&](Ambush& ambush) {
    if (ambush.point != site.id || --ambush.left > 0) return false;
    Fault& fault = faults_.at(ambush.index);
    if (fault.node == kWhoeverPassed || fault.peer == kWhoeverPassed) name(fault, kWhoeverPassed, node);
    world_.simulator().at(world_.simulator().now_ns() + fault.delay.ns(), *this, ambush.index | kSprung);
    return true;
  });
}

std::vector<Fault> FaultSchedule::as_they_happened() const {
  std::vector<std::pair<Duration, size_t>> order;
  for (size_t i = 0; i < faults_.size(); ++i) {
    if (!faults_[i].is_ambush()) order.emplace_back(faults_[i].at, i);
    if (sprung_at_[i] != kNever) order.emplace_back(sprung_at_[i], i);
  }
  std::sort(order.begin(), order.end());
  std::vector<Fault> happened;
  for (const auto& [at, index] : order) {
    happened.push_back(faults_[index]);
    happened.back().at = at;
  }
  return happened;
}

void FaultSchedule::heal_all() {
  healed_ = true;
  ambushes_.clear();
  for (size_t i = 0; i < faults_.size(); ++i) {
    if (active_[i]) end(faults_[i]);
    active_[i] = false;
  }
  for (const uint32_t node : servers_) boot_if_down(node);
}

uint64_t FaultSchedule::choose(const Site& site, uint64_t n) {
  return world_.simulator().choose(site, stream_, n);
}

bool FaultSchedule::power_was_lost() const {
  return counts_[static_cast<size_t>(FaultKind::power_loss)].fired +
             counts_[static_cast<size_t>(FaultKind::power_loss_all)].fired >
         0;
}

std::array<FaultCount, kFaultKinds> FaultSchedule::counts() const {
  std::array<FaultCount, kFaultKinds> all = counts_;
  const auto add = [&all](FaultKind kind, const FaultPoint& point) {
    FaultCount& count = all[static_cast<size_t>(kind)];
    count.fired += point.fired;
    count.effective += point.effective;
  };
  for (const auto& [direction, link] : world_.network().links()) {
    LinkFaults& faults = world_.network().faults(direction.first, direction.second);
    for (const FaultTraits& kind : fault_kinds()) {
      if (const FaultPoint* const point = link_point(kind.kind, faults)) add(kind.kind, *point);
    }
  }
  for (uint32_t node = 1; node <= world_.node_count(); ++node) {
    DiskFaults& disk = world_.node(node).disk_faults();
    add(FaultKind::accept_full, world_.network().accept_full(node));
    for (const FaultTraits& kind : fault_kinds()) {
      const bool on_crash = kind.family == FaultFamily::crash;
      // What every disk does a little of counts as a fault only where a plan asks for it.
      if (counts_[static_cast<size_t>(kind.kind)].planned == 0) continue;
      if (FaultPoint* const point = on_crash ? crash_point(kind.kind, disk.crash)
                                             : disk_point(kind.kind, disk)) {
        add(kind.kind, *point);
      }
    }
    all[static_cast<size_t>(FaultKind::disk_stall)].effective += disk.stalled.effective;
    all[static_cast<size_t>(FaultKind::disk_throttle)].effective += disk.throttled.effective;
  }
  return all;
}

}  // namespace weir
