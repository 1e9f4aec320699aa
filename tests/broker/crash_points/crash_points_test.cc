// Power is lost, or the process killed, at every I/O boundary of everything that the broker writes.
//
// One point again: WEIR_CRASH_POINT=roll@17:torn-prefix test_crash_points "one crash point"
#include "tests/support/test_pch.h"

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "broker/log/log_bugs.h"
#include "sim/fiber/atomic_file.h"
#include "tests/broker/crash_points/enumeration.h"

namespace weir {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Under a sanitizer a point costs some twenty times as much.
EnumerationOptions usual_options() {
  EnumerationOptions options;
  if (kSanitized) {
    options.boundary_stride = 37;
    options.subset_changes = 2;
  }
  options.second_cut_stride = kSanitized ? 10'007 : 2'003;
  return options;
}

void print(const EnumerationReport& report) {
  for (const WorkloadReport& workload : report.workloads) {
    std::cout << "  " << workload.name << ": " << workload.boundaries << " boundaries, "
              << workload.points << " crash points, " << workload.second_cuts
              << " of them in a recovery; they left " << workload.media << " different disks\n";
  }
  for (const std::string& violation : report.violations) std::cout << violation << '\n';
}

// The first violation that the enumeration finds with this bug planted; empty: none.
std::string found_with(const Site& bug, std::string_view workload = {}) {
  EnumerationOptions options;
  options.planted_bug = bug.id;
  options.only_workload = workload;
  options.second_cut_stride = 0;
  options.stop_at_violation = true;
  const EnumerationReport report = enumerate_crash_points(options);
  return report.violations.empty() ? std::string{} : report.violations.front();
}

}  // namespace

TEST_CASE("the broker recovers from a crash at every I/O boundary in every mode") {
  const auto started = std::chrono::steady_clock::now();
  const EnumerationReport report = enumerate_crash_points(usual_options());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  print(report);
  std::cout << report.points << " crash points, " << report.workloads.size() << " workloads, "
            << (report.violations.empty() ? "all recovered" : "NOT all recovered") << " ("
            << took.count() << " ms)\n";
  REQUIRE(report.violations.empty());
  REQUIRE(report.points >= (kSanitized ? 500 : 2'000));
}

TEST_CASE("the enumeration finds each planted bug that a crash can show") {
  REQUIRE(found_with(log_bug::kAckBeforeFsync) != "");
  REQUIRE(found_with(log_bug::kNoDirectoryFsync) != "");
  REQUIRE(found_with(log_bug::kRecoveryTrustsPageCache) != "");
  REQUIRE(found_with(log_bug::kTornTailAccepted) != "");
  REQUIRE(found_with(log_bug::kCrcUnchecked) != "");
  REQUIRE(found_with(log_bug::kProducerStateLost) != "");
  REQUIRE(found_with(log_bug::kDuplicateAccepted) != "");
  REQUIRE(found_with(log_bug::kReadUnsynced, "append-and-read") != "");
  REQUIRE(found_with(log_bug::kRollLosesBatch, "roll-unflushed") != "");
  REQUIRE(found_with(log_bug::kOnlyLastSegmentRead, "roll") != "");
  REQUIRE(found_with(log_bug::kOffsetAssignedTwice, "group-commit") != "");
  REQUIRE(found_with(log_bug::kSnapshotBeforeSync, "roll-unflushed") != "");
  REQUIRE(found_with(log_bug::kStaleIndexTrusted, "close-small-batches") != "");
  REQUIRE(found_with(log_bug::kTimeIndexMisordered, "index") != "");
  REQUIRE(found_with(log_bug::kDeletedResurrected, "retention-by-size") != "");
  REQUIRE(found_with(log_bug::kClosedTooEarly, "close-unflushed") != "");
  REQUIRE(found_with(kBugReplacedInPlace, "topics") != "");
  REQUIRE(found_with(kBugReplacedInPlace, "producer-ids") != "");
  REQUIRE(found_with(kBugReplacedInPlace, "broker-start") != "");
}

TEST_CASE("a violation names its crash point, and the point alone shows it again") {
  const std::string violation = found_with(log_bug::kNoDirectoryFsync, "append");
  const auto point = parse_crash_point(violation.substr(0, violation.find(',')));
  REQUIRE(point);
  REQUIRE(point->cuts.size() == 1);
  REQUIRE(violation.find("the record at offset 0 was acked") != std::string::npos);
  REQUIRE_FALSE(run_crash_point(*point, log_bug::kNoDirectoryFsync.id).violations.empty());
  REQUIRE(run_crash_point(*point).violations.empty());
}

TEST_CASE("crash points are written as they are read") {
  for (const char* text : {"append", "roll@17:torn-prefix", "roll@17:subset-5+3:dropped"}) {
    const auto point = parse_crash_point(text);
    REQUIRE(point);
    REQUIRE(to_text(*point) == text);
  }
  for (const char* text : {"roll@17", "roll@x:kept", "roll@1:gone", "roll@1:kept+"}) {
    REQUIRE_FALSE(parse_crash_point(text));
  }
}

TEST_CASE("one crash point", "[.]") {
  const char* const text = std::getenv("WEIR_CRASH_POINT");
  REQUIRE(text != nullptr);
  const auto point = parse_crash_point(text);
  REQUIRE(point);
  const CrashPointOutcome outcome = run_crash_point(*point);
  for (const std::string& where : outcome.where) std::cout << "cut " << where << '\n';
  for (const std::string& violation : outcome.violations) std::cout << violation << '\n';
  REQUIRE(outcome.violations.empty());
}

}  // namespace weir
