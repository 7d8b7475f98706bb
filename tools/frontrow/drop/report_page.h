// The page of a load test's report: tools/frontrow/drop/report.html, built into the program. It has
// the names of the parts that report_html.cc fills in.
#pragma once

#include <string_view>

namespace frontrow {

std::string_view report_page();

}  // namespace frontrow
