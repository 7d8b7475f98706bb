// `frontrow drop`: the rehearsal of a ticket drop. Plays fans against a running sale, shows how it
// goes, and checks afterwards that what the fans were told agrees with the server's books.
//
// Progress goes to stderr, the report to stdout. Returns the program's exit code: 0 all is as it
// must be, 1 a violation (the first one is named), or the run could not be made, 2 the arguments
// make no sense.
#pragma once

#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

int run(const DropArgs& args);

}  // namespace frontrow::drop
