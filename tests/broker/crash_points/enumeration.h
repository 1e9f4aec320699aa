// The enumeration: every workload, I/O boundary and crash mode, each recovered and checked.
//
// A crash point is a workload and one or more cuts, each a boundary of one life and the mode in
// which the machine dies there:
//
//   roll@17:torn-prefix                     the first life dies at its 17th boundary
//   roll@17:torn-prefix+5:dropped           ... and the recovery from that at its 5th
//
// Behind the last cut the machine lives three times more: it recovers, is checked, works on and
// stops in order; starts again, is checked and works on, and loses everything that is not synced; and
// starts for the last time. A violation is printed with that text; run_crash_point() repeats it.
//
// Where nothing is unsynced all losses of power are one, and count once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/broker/crash_points/workload.h"

namespace weir {

struct Cut {
  uint64_t boundary = 0;
  CrashMode mode;
};

struct CrashPoint {
  std::string workload;
  std::vector<Cut> cuts;
};
std::string to_text(const CrashPoint& point);
// Nothing for a text that is no crash point.
std::optional<CrashPoint> parse_crash_point(std::string_view text);

struct CrashPointOutcome {
  std::vector<std::string> violations;
  std::vector<std::string> where;   // of each cut: "before sync t-0/..."
  uint64_t changes = 0;             // that the last cut decided about
  uint64_t boundaries = 0;          // of the life behind the last cut
  uint64_t medium = 0;              // digest of what the last cut left
};
CrashPointOutcome run_crash_point(const CrashPoint& point, uint64_t planted_bug = 0);

struct EnumerationOptions {
  uint64_t planted_bug = 0;
  std::string only_workload;        // empty: all
  uint64_t boundary_stride = 1;     // 1: every boundary
  uint64_t subset_changes = 6;      // up to so many unsynced changes every subset of them is tried
  uint64_t second_cut_stride = 5;   // every so many points the recovery is cut, too; 0: never
  bool stop_at_violation = false;
};

struct WorkloadReport {
  std::string name;
  uint64_t boundaries = 0;
  uint64_t points = 0;
  uint64_t second_cuts = 0;  // of these points
  uint64_t media = 0;        // different contents of the disk that the points have left
};
struct EnumerationReport {
  std::vector<WorkloadReport> workloads;
  uint64_t points = 0;
  std::vector<std::string> violations;  // "roll@17:dropped, before sync ...: sentence"
};
EnumerationReport enumerate_crash_points(const EnumerationOptions& options);

}  // namespace weir
