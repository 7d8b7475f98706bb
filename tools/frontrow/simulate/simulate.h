// `frontrow simulate`: plays a sale in the engine's core alone, on virtual time, so that an
// operator can size it beforehand.
//
// Progress goes to stderr, the report to stdout. Returns the program's exit code: 0 passed, 1 a
// violation (the first one is named) or a file that can't be read or written. An interrupt ends the
// current run and reports its results so far; a second one ends the process at once with 130.
#pragma once

#include "tools/frontrow/simulate/options.h"

namespace frontrow::simulate {

int run(const SimulateArgs& args);

}  // namespace frontrow::simulate
