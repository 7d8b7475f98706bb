// Seating plans of pretix, an open-source ticket shop: the JSON of its plan editor, by the schema
// src/pretix/static/seating/seating-plan.schema.json.
//
// Zones become sections; a zone whose name an earlier one has gets " (2)", " (3)" ... behind it,
// and one without a name is "Zone N". Rows and seats keep their order and their numbers as labels.
// A position is the sum of those of zone, row and seat. Areas, colours and other drawings are left
// out. Pure functions, any thread.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "tools/frontrow/plan/plan_draft.h"

namespace frontrow::plans {

// The error: the text is no such plan at all. `name` in place of the plan's own, if not empty.
Result<Imported> read_pretix_plan(std::string_view text, std::string_view name);

}  // namespace frontrow::plans
