// The tables of the page: findings, faults, settings.
#pragma once

#include <vector>

#include "reports/faults.h"
#include "reports/markup.h"
#include "scenarios/run_record.h"

namespace weir::reports {

Markup findings_list(const RunRecord& record);
// A row a kind that was planned: what it does and what it did.
Markup fault_kinds_table(const RunRecord& record, const std::vector<FaultSpan>& faults);
// A row a fault.
Markup faults_table(const std::vector<FaultSpan>& faults);
// Every field of the plan (scenarios/plan_fields.h).
Markup settings_table(const Plan& plan);

}  // namespace weir::reports
