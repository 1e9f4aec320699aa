// A small run, made by hand: a record is appended at 50 ms, the power goes at 52 ms before any sync
// covers it, the log comes back without it at 80 ms.
#pragma once

#include "reports/timeline.h"
#include "scenarios/run_record.h"

namespace weir::reports {

inline constexpr int64_t kMs = 1'000'000;

inline Timeline sample_timeline() {
  Timeline timeline;
  timeline.end_ns = 200 * kMs;
  timeline.lanes = {{1, "broker", {{0, 52 * kMs, LifeEnd::power_lost}, {70 * kMs, 200 * kMs, {}}}},
                    {2, "clients", {{0, 200 * kMs, {}}}}};
  for (int64_t i = 0; i < 40; ++i) {
    const bool there = i % 2 == 0;
    timeline.messages.push_back({.sent_ns = i * 5 * kMs,
                                 .delivered_ns = i * 5 * kMs + 300'000,
                                 .from = there ? 2U : 1U,
                                 .to = there ? 1U : 2U,
                                 .channel = 3,
                                 .bytes = 90});
  }
  using enum LogPointKind;
  timeline.logs = {{1,
                    "events-0",
                    {{5 * kMs, opened, 0, 0},
                     {20 * kMs, appended, 46, 0},
                     {25 * kMs, flushed, 46, 46},
                     {50 * kMs, appended, 47, 46},
                     {52 * kMs, down, 47, 46},
                     {80 * kMs, opened, 46, 46},
                     {90 * kMs, appended, 50, 46},
                     {95 * kMs, flushed, 50, 50}}}};
  timeline.moments = {{0, 1, MomentKind::boot, false, "Node broker boots."},
                      {52 * kMs, 1, MomentKind::power_loss, true, "Node broker loses its power."},
                      {70 * kMs, 1, MomentKind::boot, false, "Node broker boots."},
                      {80 * kMs, 1, MomentKind::log_opened, false, "It opens events-0."},
                      {150 * kMs, 0, MomentKind::reset, true, "2 connections are reset."}};
  return timeline;
}

inline RunRecord sample_record(bool failing) {
  RunRecord record;
  record.plan.scenario = "power-loss";
  record.plan.seed = 9;
  record.plan.faults = {
      {.kind = FaultKind::crash_garbage, .node = 1, .per_million = 25'000},
      {.kind = FaultKind::power_loss, .at = milliseconds(52), .lasts = milliseconds(18), .node = 1},
      {.kind = FaultKind::reset, .at = milliseconds(150), .node = 1, .peer = 2}};
  for (const Fault& fault : record.plan.faults) {
    record.faults[static_cast<size_t>(fault.kind)] = {1, 1, 1};
  }
  record.trace_events = 1'234;
  record.virtual_ns = 200 * kMs;
  record.acked = 50;
  record.hash = 0xabcdef;
  if (!failing) return record;
  record.verdict = VerdictKind::invariant;
  record.findings = {
      {VerdictKind::invariant, "lost", "events-0: the record at offset 46 was acked, and is gone"}};
  return record;
}

}  // namespace weir::reports
