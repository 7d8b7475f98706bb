// Tells a signal handler whether a failed check (check.h) is the cause of the abort.
#pragma once

namespace frontrow {

// Callable from any thread and from a signal handler.
bool check_has_failed();

}  // namespace frontrow
