// Metrics of the program and of its process, by the names that Prometheus' client libraries use.
#pragma once

#include <string>

#include "net/metrics/family.h"

namespace frontrow {

// Reads /proc/self; a value that the kernel does not tell is left out. `commit` may be empty.
void process_families(Families& all, const std::string& version, const std::string& commit);

}  // namespace frontrow
