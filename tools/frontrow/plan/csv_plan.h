// Seating plans as tables (csv_table.h): a header line, then a line for each seat or each general
// section.
//
//   section,row,seat,category   needed
//   x,y,accessible              of a seat; accessible is yes, true, x or 1, or no, false, 0 or
//                               empty; x and y may have a decimal comma if fields are separated by
//                               semicolons
//   kind,capacity               kind "general" with a capacity instead of row and seat; otherwise
//                               "numbered" or empty
//
// Names of columns in any case and order; other columns are not used, and a remark names them.
// Sections, their rows and the seats of a row are in the order of their first lines: lines of one
// row need not stand together, and make one row. Pure functions, any thread.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "tools/frontrow/plan/plan_draft.h"

namespace frontrow::plans {

// The error: the text is no such table at all. Refused lines are named by their numbers.
Result<Imported> read_csv_plan(std::string_view text, std::string_view name);

}  // namespace frontrow::plans
