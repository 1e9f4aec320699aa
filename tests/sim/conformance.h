// The conformance suite: what every world must do, written against Program and Env only.
//
// A case is run as the program of each shard and is complete in itself: servers and clients are
// fibers of the one process, on host 127.0.0.1 and the port that the world gave; file names carry
// the shard, so that shards do not meet on the disk. Waiting is done with the fiber primitives, on
// the world's own clock, and nothing is asked to be fast.
//
//   for (const ConformanceCase& each : conformance_cases())
//     for (const std::string& failure : run_case(world, 1, each)) ...
//
// A case that finds something wrong says so in its report and goes on or returns; it must still
// tell other shards to finish, so that a failure does not become a hang.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sim/fiber/program.h"

namespace weir {

// What a case found wrong. Shared by the shards, which are threads in the real world.
class CaseReport {
 public:
  // Notes a failure unless `holds`; gives `holds`.
  bool expect(bool holds, std::string_view what);
  void note_finished();
  [[nodiscard]] std::vector<std::string> failures() const;
  [[nodiscard]] uint32_t finished() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;
  uint32_t finished_ = 0;
};

struct ConformanceCase {
  std::string name;
  uint32_t shards = 1;  // at least so many
  std::function<void(Env& env, Event& stop, CaseReport& report)> body;
};

// All cases; each part is a file of its own.
std::vector<ConformanceCase> conformance_cases();
std::vector<ConformanceCase> tcp_cases();
std::vector<ConformanceCase> watch_cases();
std::vector<ConformanceCase> disk_cases();
std::vector<ConformanceCase> clock_cases();
std::vector<ConformanceCase> shard_cases();

// Runs a program on a fresh world with so many shards, and returns when the world is over.
using RunWorld = std::function<void(uint32_t shards, Program program)>;

// Runs one case on `shards` shards, or as many as it needs; gives what was wrong.
std::vector<std::string> run_case(const RunWorld& world, uint32_t shards,
                                  const ConformanceCase& conformance_case);

}  // namespace weir
