// The faults of links, partitions and connections.
#include <algorithm>

#include "sim/fault/fault_schedule.h"

namespace weir {
namespace {

constexpr Site kShuffle{"fault.shuffle"};

LinkLaw law_of(FaultKind kind, int64_t mean_ns) {
  using Law = LinkLaw::Kind;
  switch (kind) {
    case FaultKind::slow_fixed: return {.kind = Law::fixed, .min_ns = mean_ns};
    case FaultKind::slow_uniform:
      return {.kind = Law::uniform, .min_ns = 1'000, .max_ns = 2 * mean_ns};
    case FaultKind::slow_exponential:
      return {.kind = Law::exponential, .min_ns = 1'000, .max_ns = 1'000 + mean_ns};
    case FaultKind::slow_bimodal:
      return {.kind = Law::bimodal,
              .min_ns = 1 + mean_ns / 100,
              .max_ns = 2 + mean_ns / 10,
              .tail_per_million = 100'000,
              .tail_max_ns = 3 + mean_ns * 18};
    default:
      CHECK(kind == FaultKind::slow_heavy_tail);
      return {.kind = Law::heavy_tail, .min_ns = 1 + mean_ns / 20, .tail_max_ns = mean_ns * 100};
  }
}

template <class Choose>
std::vector<uint32_t> shuffled(std::vector<uint32_t> machines, Choose choose) {
  for (size_t i = machines.size(); i > 1; --i) std::swap(machines[i - 1], machines[choose(i)]);
  return machines;
}

}  // namespace

std::vector<Direction> split(const std::vector<uint32_t>& order, bool bridge) {
  std::vector<Direction> unreachable;
  const size_t first = bridge ? 1 : 0;  // order[0] is the bridge
  const size_t half = first + (order.size() - first) / 2;
  for (size_t a = first; a < half; ++a) {
    for (size_t b = half; b < order.size(); ++b) {
      unreachable.push_back({order[a], order[b]});
      unreachable.push_back({order[b], order[a]});
    }
  }
  return unreachable;
}

std::vector<Direction> majorities_ring(const std::vector<uint32_t>& order) {
  std::vector<Direction> unreachable;
  const size_t n = order.size();
  const size_t majority = n / 2 + 1;
  const size_t reach = majority / 2;  // neighbours on each side
  for (size_t a = 0; a < n; ++a) {
    for (size_t b = 0; b < n; ++b) {
      const size_t distance = std::min((a + n - b) % n, (b + n - a) % n);
      if (distance > reach) unreachable.push_back({order[a], order[b]});
    }
  }
  return unreachable;
}

template <class Visit>
void FaultSchedule::for_each_direction(const Fault& fault, Visit visit) {
  visit(world_.network().faults(fault.node, fault.peer));
  if (traits(fault.kind).target == FaultTarget::pair) {
    visit(world_.network().faults(fault.peer, fault.node));
  }
}

// Clients still reach it, which is what makes a deposed leader dangerous.
template <class Visit>
void FaultSchedule::for_each_isolated(const Fault& fault, Visit visit) {
  for (const uint32_t other : servers_) {
    if (other == fault.node) continue;
    if ((fault.amount & 1) != 0) visit(other, fault.node);
    if ((fault.amount & 2) != 0) visit(fault.node, other);
  }
}

// The rate of a kind that has one.
FaultPoint* FaultSchedule::link_point(FaultKind kind, LinkFaults& link) {
  switch (kind) {
    case FaultKind::reset_segment: return &link.reset_segment;
    case FaultKind::half_open: return &link.lost_farewell;
    case FaultKind::refuse: return &link.refused;
    case FaultKind::hang: return &link.hung;
    case FaultKind::corrupt: return &link.corrupt;
    case FaultKind::api_stall: return &link.api_stall;
    case FaultKind::api_reset: return &link.api_reset;
    default: return nullptr;
  }
}

void FaultSchedule::begin_link(const Fault& fault, LinkFaults& link) {
  if (FaultPoint* const point = link_point(fault.kind, link)) {
    point->per_million = fault.per_million;
    if (traits(fault.kind).amount.empty()) return;
    link.api_key = static_cast<uint16_t>(fault.amount);
    link.api_stall_ns = std::min(fault.lasts, milliseconds(200)).ns();
  } else if (fault.kind == FaultKind::bandwidth) {
    link.bytes_per_second = static_cast<uint64_t>(fault.amount);
  } else {
    link.law = law_of(fault.kind, microseconds(fault.amount).ns());
  }
}

void FaultSchedule::end_link(const Fault& fault, LinkFaults& link) {
  if (FaultPoint* const point = link_point(fault.kind, link)) {
    point->per_million = 0;
  } else if (fault.kind == FaultKind::bandwidth) {
    count(fault.kind).effective += std::exchange(link.throttled.effective, 0);
    link.bytes_per_second = 0;
  } else {
    count(fault.kind).effective += std::exchange(link.slowed.effective, 0);
    link.law.reset();
  }
}

void FaultSchedule::begin_partition(FaultKind kind) {
  const auto order =
      shuffled(world_.network().hosts(), [this](size_t n) { return choose(kShuffle, n); });
  const auto unreachable = kind == FaultKind::partition_ring
                               ? majorities_ring(order)
                               : split(order, kind == FaultKind::partition_bridge);
  for (const auto& [from, to] : unreachable) world_.network().cut(from, to);
}

void FaultSchedule::begin_network(const Fault& fault) {
  SimNetwork& network = world_.network();
  switch (fault.kind) {
    case FaultKind::cut: network.cut(fault.peer, fault.node); [[fallthrough]];
    case FaultKind::cut_one_way: network.cut(fault.node, fault.peer); break;
    case FaultKind::stall:
      network.stall(fault.node, fault.peer);
      network.stall(fault.peer, fault.node);
      break;
    case FaultKind::swizzle: begin_swizzle(fault); break;
    case FaultKind::partition_halves:
    case FaultKind::partition_bridge:
    case FaultKind::partition_ring: begin_partition(fault.kind); break;
    case FaultKind::isolate:
      for_each_isolated(fault, [&](uint32_t from, uint32_t to) { network.cut(from, to); });
      break;
    case FaultKind::reset:
      if (network.reset_between(fault.node, fault.peer) > 0) ++count(fault.kind).effective;
      break;
    case FaultKind::half_close:
      if (network.half_close(fault.node, fault.peer) > 0) ++count(fault.kind).effective;
      break;
    case FaultKind::accept_full:
      network.accept_full(fault.node).per_million = fault.per_million;
      break;
    default: for_each_direction(fault, [&](LinkFaults& link) { begin_link(fault, link); });
  }
}

void FaultSchedule::end_network(const Fault& fault) {
  SimNetwork& network = world_.network();
  const auto heal = [&](uint32_t from, uint32_t to) {
    LinkFaults& link = network.faults(from, to);
    const bool stalled = fault.kind == FaultKind::stall || fault.kind == FaultKind::swizzle;
    FaultPoint& point = stalled ? link.clogged : link.held;
    count(fault.kind).effective += std::exchange(point.effective, 0);
    network.heal(from, to);
  };
  switch (fault.kind) {
    case FaultKind::cut:
    case FaultKind::stall: heal(fault.peer, fault.node); [[fallthrough]];
    case FaultKind::cut_one_way: heal(fault.node, fault.peer); break;
    case FaultKind::isolate: for_each_isolated(fault, heal); break;
    case FaultKind::swizzle:
    case FaultKind::partition_halves:
    case FaultKind::partition_bridge:
    case FaultKind::partition_ring: {
      const std::vector<uint32_t> hosts = network.hosts();
      for (const uint32_t from : hosts) {
        for (const uint32_t to : hosts) {
          if (from != to && network.find_faults(from, to) != nullptr) heal(from, to);
        }
      }
      break;
    }
    case FaultKind::accept_full: network.accept_full(fault.node).per_million = 0; break;
    default: for_each_direction(fault, [&](LinkFaults& link) { end_link(fault, link); });
  }
}

// Machine after machine is clogged during the first half, and released in another order during the
// second (FoundationDB's swizzle-clogging).
void FaultSchedule::begin_swizzle(const Fault& fault) {
  const auto draw = [this](size_t n) { return choose(kShuffle, n); };
  const std::vector<uint32_t> hosts = world_.network().hosts();
  const std::vector<uint32_t> in = shuffled(hosts, draw);
  const std::vector<uint32_t> out = shuffled(hosts, draw);
  const int64_t step = fault.lasts.ns() / (2 * static_cast<int64_t>(hosts.size()) + 1);
  for (size_t i = 0; i < hosts.size(); ++i) {
    const auto steps = static_cast<int64_t>(i);
    world_.simulator().at(world_.simulator().now_ns() + step * steps, swizzle_, in[i] * 2);
    world_.simulator().at(
        world_.simulator().now_ns() + step * (static_cast<int64_t>(hosts.size()) + steps), swizzle_,
        out[i] * 2 + 1);
  }
}

void FaultSchedule::Swizzle::on_event(uint64_t argument) {
  if (schedule.healed_) return;
  SimNetwork& network = schedule.world_.network();
  const auto machine = static_cast<uint32_t>(argument / 2);
  for (const uint32_t other : network.hosts()) {
    if (other == machine) continue;
    if (argument % 2 == 0) {
      network.stall(machine, other);
      network.stall(other, machine);
    } else {
      network.heal(machine, other);
      network.heal(other, machine);
    }
  }
}

}  // namespace weir
