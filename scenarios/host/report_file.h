// The report of a run as a file.
#pragma once

#include <string>

#include "reports/timeline.h"
#include "scenarios/run_record.h"

namespace weir {

// Makes the directory when there is none. False when the file could not be written.
bool write_report(const std::string& path, const std::string& replay_command,
                  const RunRecord& record, const reports::Timeline& timeline);

}  // namespace weir
