// The page of a load test's report: tools/frontrow/drop/report.html, built into the program. It has
// the names of the parts that report_html.cc fills in.
#pragma once

#include <string_view>

namespace frontrow {

std::string_view report_page();
// The style of all pages (net/pages/shared/base.css), so that the report looks like one of them.
std::string_view base_style();

}  // namespace frontrow
