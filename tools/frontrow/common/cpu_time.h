// CPU cost of a run. Any thread.
#pragma once

namespace frontrow::drop {

// CPU time of all threads of this process so far, user and system, in seconds.
double cpu_seconds();

}  // namespace frontrow::drop
