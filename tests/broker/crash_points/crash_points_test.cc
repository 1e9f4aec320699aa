// Power is lost, or the process killed, at every I/O boundary of everything that the broker writes.
#include "tests/support/test_pch.h"

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "broker/log/log_bugs.h"
#include "broker/metadata/atomic_file.h"
#include "tests/broker/crash_points/enumeration.h"

namespace weir {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

void print(const EnumerationReport& report) {
  for (const WorkloadReport& workload : report.workloads) {
    std::cout << "  " << workload.name << ": " << workload.boundaries << " boundaries, "
              << workload.points << " crash points (" << workload.second_cuts
              << " of them in a recovery), " << workload.media << " different media\n";
  }
  for (const std::string& violation : report.violations) std::cout << violation << '\n';
}

}  // namespace

TEST_CASE("the broker recovers from a crash at every I/O boundary in every mode") {
  const auto started = std::chrono::steady_clock::now();
  const EnumerationReport report = enumerate_crash_points(
      kSanitized ? EnumerationOptions{.boundary_stride = 7, .second_cut_stride = 97}
                 : EnumerationOptions{});
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  print(report);
  std::cout << report.points << " crash points, " << report.workloads.size() << " workloads, "
            << (report.violations.empty() ? "all recovered" : "NOT all recovered") << " ("
            << took.count() << " ms)\n";
  REQUIRE(report.violations.empty());
  REQUIRE(report.points >= (kSanitized ? 100 : 2'000));
}

TEST_CASE("debug", "[.debug]") {
  const char* stride = std::getenv("STRIDE");
  const char* bug = std::getenv("BUG");
  const auto started = std::chrono::steady_clock::now();
  const EnumerationReport report = enumerate_crash_points({.planted_bug = bug ? fnv1a(bug) : 0, .second_cut_stride = stride ? static_cast<uint64_t>(atoi(stride)) : 0, .stop_at_violation = bug != nullptr});
  if (!bug) print(report);
  std::cout << (bug ? bug : "-") << " " << report.points << " " << std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started).count() << std::endl;
  for (auto& v: report.violations) std::cout << "   " << v << "\n";
}

}  // namespace weir
