// `frontrow drop`: a load test of a ticket drop. Plays fans against a running sale, shows its
// progress, and checks afterwards that the replies to the fans agree with the server's books.
//
// Progress goes to stderr, the report to stdout. Returns the program's exit code: 0 passed, 1 a
// violation (the first one is named), a run that could not be made, or a report that could not be
// written.
#pragma once

#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

int run(const DropArgs& args);

}  // namespace frontrow::drop
