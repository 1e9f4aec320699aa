// The page of one run: run record and timeline in, one HTML document out. Pure: it runs nothing,
// reads nothing, and the same run gives the same bytes.
#pragma once

#include <string>

#include "reports/timeline.h"
#include "scenarios/run_record.h"

namespace weir::reports {

struct PageOptions {
  std::string replay_command;
};

// A timeline without lanes (the process of the run died) leaves the charts out.
std::string render_page(const RunRecord& record, const Timeline& timeline,
                        const PageOptions& options);

}  // namespace weir::reports
