// The commands of weir-sim: what each prints and which status it ends with.
//
// Status: 0 pass; the verdict's number (run_record.h) otherwise; 2 for a wrong call. The last line
// of a failure is the command that reproduces it.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/host/worker_pool.h"
#include "scenarios/registry.h"

namespace weir {

struct SeedRange {
  uint64_t first = 1;
  uint64_t last = 1;
};

struct CommandOptions {
  std::string program = "weir-sim";  // as the user called it
  std::string scenario;
  Wishes wishes;
  SeedRange seeds;
  uint32_t jobs = 2;
  int timeout_seconds = 60;
  bool json = false;
  std::string out_directory = "out";
  bool report = false;             // run and replay: write a page
  std::string report_path;         // empty: into out_directory
  uint64_t last_events = 0;  // trace: 0 for all
  uint32_t stop_after = 20;  // sweep: failures
};

int run_command(const CommandOptions& options);
int replay_command(const CommandOptions& options, const std::string& plan_path);
int sweep_command(const CommandOptions& options);
int verify_command(const CommandOptions& options);
int trace_command(const CommandOptions& options);
int list_command(bool json);
int check_command(const std::string& program, const std::string& history_path);

// The scenario that the user named: a built-in one, or one of a file (its name ends with .toml).
// Nothing: there is none, or the file is wrong; `problem` says what.
std::optional<Constraints> load_scenario(const std::string& name, std::string& problem);
// The same, for a name that was found to be in order.
Constraints scenario_of(const CommandOptions& options);

// What of the wishes has to be repeated to get the same plan from the same seed.
std::string wish_arguments(const Wishes& wishes);

}  // namespace weir
