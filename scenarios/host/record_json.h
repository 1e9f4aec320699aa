// RunRecord as one JSON line: what workers answer, and what `--json` prints.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/run_record.h"
#include "sim/base/result.h"

namespace weir {

std::string record_to_json(const RunRecord& record);
// Everything but the plan's details, of which only scenario and seed are in the line.
Result<RunRecord, std::string> record_from_json(std::string_view line);

// What a worker is asked.
struct WorkerRequest {
  std::string plan_toml;
  std::string trace_path;  // empty: no trace
  std::string report_path;     // empty: no report; beside a trace there is none
  std::string replay_command;  // that the report names
};
std::string request_to_json(const WorkerRequest& request);
Result<WorkerRequest, std::string> request_from_json(std::string_view line);

}  // namespace weir
