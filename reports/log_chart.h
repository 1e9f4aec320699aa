// One log over the whole run: its end and how far it is synced. What lies between the two is what a
// power loss may take.
#pragma once

#include <vector>

#include "reports/faults.h"
#include "reports/focus.h"
#include "reports/markup.h"
#include "reports/timeline.h"

namespace weir::reports {

Markup log_chart(const LogSeries& log, size_t index, const Timeline& timeline,
                 const std::vector<FaultSpan>& faults, const Focus& focus);

// Drawn as steps in a box of kPathWidth x kPathHeight, 0 at its bottom.
inline constexpr int64_t kPathWidth = 2'000;
inline constexpr int64_t kPathHeight = 1'000;
struct LogPaths {
  std::string end;
  std::string flushed;  // an area, from the bottom up
  std::string at_risk;  // the area between the two
};
LogPaths log_paths(const LogSeries& log, int64_t run_end_ns, int64_t highest);

}  // namespace weir::reports
