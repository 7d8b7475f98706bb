// The faults of a seating plan as a whole: bounds, names and labels that must differ, kinds of
// sections. Pure functions, any thread; time linear in the plan.
//
// Left out: texts are not checked to be UTF-8. The parsers that read a plan from outside do that.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/protocol/plan.h"

namespace frontrow {

struct PlanFault {
  std::string field;  // path in the plan's JSON form: sections[0].rows[1].seats[2].label
  std::string why;    // a sentence
};

// The first fault in the plan's order; that the plan has no seat or too many comes first.
std::optional<PlanFault> find_plan_fault(const Plan& plan);

// The first `faults_max` of them.
std::vector<PlanFault> find_plan_faults(const Plan& plan, std::size_t faults_max);

// True if a plan may contain the text: 1 to chars_max code points without a control character.
bool is_plan_text(std::string_view text, std::size_t chars_max);

}  // namespace frontrow
