// The report of `frontrow plan check`. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>

#include "engine/core/protocol/plan.h"
#include "tools/frontrow/plan/commands.h"

namespace frontrow::plans {

struct CheckReport {
  std::string text;  // a line for each fault and warning, then the counts
  std::size_t faults = 0;
  std::size_t warnings = 0;
};

// Looks for every fault and warning. The plan is within the bounds of its JSON document.
CheckReport check_report(const Plan& plan, const CheckArgs& args);

}  // namespace frontrow::plans
