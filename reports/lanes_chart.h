// The whole run: a lane a node with the lives of its process, and every planned fault as a span.
#pragma once

#include <vector>

#include "reports/faults.h"
#include "reports/focus.h"
#include "reports/markup.h"
#include "reports/timeline.h"

namespace weir::reports {

// Each lane is one element of class "lane", each fault one of class "fault".
Markup lanes_chart(const Timeline& timeline, const std::vector<FaultSpan>& faults,
                   const Focus& focus);

}  // namespace weir::reports
