// Whether a check (check.h) is why this process aborts: for whoever tells its causes apart.
#pragma once

namespace frontrow {

// From any thread, and from a signal handler.
bool check_has_failed();

}  // namespace frontrow
