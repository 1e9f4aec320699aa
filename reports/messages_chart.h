// The space-time diagram: time runs to the right, each node has a line, a message slants from its
// sender's to its receiver's. What had to wait lies before the receiver's door; what never arrived
// ends in the air.
#pragma once

#include <vector>

#include "reports/faults.h"
#include "reports/focus.h"
#include "reports/markup.h"
#include "reports/timeline.h"

namespace weir::reports {

// Each message is one element of class "message".
Markup messages_chart(const Timeline& timeline, const std::vector<FaultSpan>& faults,
                      const Focus& focus);

}  // namespace weir::reports
