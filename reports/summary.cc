#include "reports/summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

#include "reports/text.h"

namespace weir::reports {
namespace {

constexpr size_t kNamedKinds = 6;  // of more there is only a number

std::string what_ran(const Plan& plan) {
  if (plan.coordination) {
    return fmt::format("A coordination service with sessions of {} ms served {} and {} of {}, on {}.",
                       plan.session_timeout.ms(), counted(plan.producers, "writer"),
                       counted(plan.readers, "watcher"), counted(2 * plan.partitions, "znode"),
                       counted(plan.client_nodes, "client machine"));
  }
  return fmt::format("A broker with {} that flushes {} served {} and {} of {}, on {}.",
                     counted(plan.shards, "shard"),
                     plan.flush_before_ack ? "before each ack" : "as Kafka does by default",
                     counted(plan.producers, "producer"), counted(plan.readers, "reader"),
                     counted(plan.partitions, "partition"),
                     counted(plan.client_nodes, "client machine"));
}

std::string what_was_planned(const Plan& plan) {
  std::map<FaultKind, uint64_t> of_kind;
  uint64_t planned = 0;
  uint64_t at_crash = 0;
  for (const Fault& fault : plan.faults) {
    if (traits(fault.kind).shape == FaultShape::crash) {
      ++at_crash;
      continue;
    }
    ++of_kind[fault.kind];
    ++planned;
  }
  std::string text;
  if (of_kind.size() > kNamedKinds) {
    text = fmt::format("{} faults of {} kinds were planned", grouped(planned), of_kind.size());
  } else if (planned > 0) {
    std::vector<std::string> kinds;
    for (const auto& [kind, count] : of_kind) {
      kinds.push_back(fmt::format("{} {}", count, name(kind)));
    }
    text = "Faults planned: " + enumerated(kinds);
  }
  if (at_crash == 0) return text;
  return text + fmt::format("{} {} of what a power loss does", text.empty() ? "Planned:" : ", and",
                            counted(at_crash, "law"));
}

std::string what_was_done(const RunRecord& record) {
  if (record.plan.faults.empty()) return "No fault was planned.";
  std::string text = what_was_planned(record.plan);
  if (record.trace_events > 0) {
    const auto effective = std::count_if(
        record.faults.begin(), record.faults.end(),
        [](const FaultCount& count) { return count.planned > 0 && count.effective > 0; });
    text +=
        fmt::format("; {} took something away", counted(static_cast<uint64_t>(effective), "kind"));
  }
  return text + ".";
}

std::string what_came_of_it(const RunRecord& record) {
  std::string text = fmt::format("{} {} acknowledged and {} read", counted(record.acked, acked_thing(record.plan)),
                                 record.acked == 1 ? "was" : "were", grouped(record.read));
  if (record.unknown > 0) text += fmt::format("; {} got no answer", grouped(record.unknown));
  if (record.failed > 0) text += fmt::format("; {} were refused", grouped(record.failed));
  if (record.allowed_losses > 0) {
    text += fmt::format("; {} acknowledged ones were lost, as the flush settings allow",
                        grouped(record.allowed_losses));
  }
  if (record.destroyed > 0) {
    text += fmt::format("; {} went with what the disk damaged", grouped(record.destroyed));
  }
  if (record.reported_corrupt > 0) {
    text += fmt::format("; {} reported to readers as damaged",
                        record.reported_corrupt == 1 ? std::string("1 was")
                                                     : grouped(record.reported_corrupt) + " were");
  }
  return text + ".";
}

}  // namespace

std::string_view acked_thing(const Plan& plan) { return plan.coordination ? "change" : "record"; }

std::string headline(const RunRecord& record) {
  switch (record.verdict) {
    case VerdictKind::pass:
      if (record.destroyed > 0) return "Nothing was lost but what the disk destroyed";
      return record.allowed_losses > 0 ? "Nothing was lost that the settings promise to keep"
                                       : fmt::format("Every acknowledged {} survived",
                                                     acked_thing(record.plan));
    case VerdictKind::invariant:
      return fmt::format("An acknowledged {} did not survive", acked_thing(record.plan));
    case VerdictKind::history:
      return "Clients saw what must not be seen";
    case VerdictKind::liveness:
      return "The work did not end after the last fault";
    case VerdictKind::crash:
      return "The code under test crashed";
    case VerdictKind::nondeterminism:
      return "Two runs of one plan differ";
    case VerdictKind::vacuous:
      return "The run proves nothing";
    case VerdictKind::timeout:
      return "The run took too long in real time";
  }
  return "";
}

std::string summary(const RunRecord& record) {
  std::string text = what_ran(record.plan) + " " + what_was_done(record);
  // Of a run whose process died nothing was counted.
  if (record.trace_events > 0) {
    text += fmt::format(" The run took {} of virtual time. {}", span_text(record.virtual_ns),
                        what_came_of_it(record));
  }
  return text;
}

}  // namespace weir::reports
