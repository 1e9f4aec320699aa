#include "reports/faults.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "reports/text.h"

namespace weir::reports {
namespace {

// "latency_us" and 12400: "latency 12.4 ms"; "bytes_per_second": "20 000 bytes per second".
std::string amount_text(std::string_view unit, int64_t amount) {
  if (unit == "api_key") return fmt::format("API {}", amount);
  const std::string sign = amount < 0 ? "\xe2\x88\x92" : "";
  const int64_t size = amount < 0 ? -amount : amount;
  if (unit == "milliseconds") return (amount < 0 ? sign : "+") + span_text(size * 1'000'000);
  if (unit.ends_with("_us")) {
    return fmt::format("{} {}{}", unit.substr(0, unit.size() - 3), sign, span_text(size * 1'000));
  }
  return fmt::format("{}{} {}", sign, grouped(static_cast<uint64_t>(size)), spaced(unit));
}

std::string ambush_text(const Fault& fault) {
  const std::string behind = fault.delay > Duration{} ? span_text(fault.delay.ns()) + " behind " : "at ";
  return fmt::format("{}{}{}", behind, fault.point, fault.pass > 1 ? fmt::format(", pass {}", fault.pass) : "");
}

std::string detail_of(const Fault& fault) {
  const FaultTraits& kind = traits(fault.kind);
  std::vector<std::string> parts;
  if (!kind.amount.empty()) parts.push_back(amount_text(kind.amount, fault.amount));
  if (kind.shape == FaultShape::rate) parts.push_back(chance_text(fault.per_million));
  if (fault.is_ambush()) parts.push_back(ambush_text(fault));
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string place_of(const Plan& plan, const Fault& fault) {
  switch (traits(fault.kind).target) {
    case FaultTarget::all:
      return "everywhere";
    case FaultTarget::node:
      return machine_name(plan, fault.node);
    case FaultTarget::direction:
      return fmt::format("{} to {}", machine_name(plan, fault.node),
                         machine_name(plan, fault.peer));
    case FaultTarget::pair:
      return fmt::format("{} and {}", machine_name(plan, fault.node),
                         machine_name(plan, fault.peer));
  }
  return "";
}

FaultSpan span_of(const Plan& plan, const Fault& fault) {
  const FaultTraits& kind = traits(fault.kind);
  FaultSpan span;
  span.kind = fault.kind;
  span.name = kind.name;
  span.detail = detail_of(fault);
  span.where = place_of(plan, fault);
  span.begin_ns = fault.at.ns();
  span.end_ns = kind.shape == FaultShape::instant ? span.begin_ns : (fault.at + fault.lasts).ns();
  if (plan.heal_at > Duration{}) {
    span.end_ns = std::max(span.begin_ns, std::min(span.end_ns, plan.heal_at.ns()));
  }
  // Of a fault of whoever leads only the trace knows where it was.
  const auto machine = [](uint32_t node) { return node == kWhoeverLeads || node == kWhoeverPassed ? 0 : node; };
  if (kind.target != FaultTarget::all) span.node = machine(fault.node);
  if (kind.target == FaultTarget::direction || kind.target == FaultTarget::pair) {
    span.peer = machine(fault.peer);
  }
  return span;
}

bool at_crash(const Fault& fault) { return traits(fault.kind).shape == FaultShape::crash; }

}  // namespace

std::vector<FaultSpan> fault_spans(const Plan& plan, const std::vector<Fault>& happened) {
  std::vector<FaultSpan> spans;
  std::vector<FaultKind> kinds;
  for (const Fault& fault : happened) {
    if (at_crash(fault)) continue;
    FaultSpan span = span_of(plan, fault);
    auto kind = std::find(kinds.begin(), kinds.end(), span.kind);
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), span.kind);
    span.colour = static_cast<uint32_t>(kind - kinds.begin()) % kFaultColours;
    spans.push_back(std::move(span));
  }
  return spans;
}

std::vector<std::string> crash_sentences(const Plan& plan) {
  std::map<uint32_t, std::vector<std::string>> of_node;
  for (const Fault& fault : plan.faults) {
    if (!at_crash(fault)) continue;
    of_node[fault.node].push_back(
        fmt::format("{} ({})", name(fault.kind), chance_text(fault.per_million)));
  }
  std::vector<std::string> sentences;
  for (const auto& [node, faults] : of_node) {
    sentences.push_back(fmt::format("At every power loss of the {}, to what was not synced: {}.",
                                    machine_name(plan, node), enumerated(faults)));
  }
  return sentences;
}

std::string machine_name(const Plan& plan, uint32_t node) {
  if (node == kWhoeverLeads) return "leader";
  if (node == kWhoeverPassed) return "passer";
  if (node == 0 || node > plan.nodes()) return fmt::format("node {}", node);
  if (node <= plan.servers) {
    if (plan.servers > 1) return fmt::format("server {}", node);
    return plan.coordination ? "service" : "broker";
  }
  if (plan.client_nodes == 1) return "clients";
  return fmt::format("clients {}", node - plan.servers);
}

}  // namespace weir::reports
