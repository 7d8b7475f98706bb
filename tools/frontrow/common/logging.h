// The process's log: to stderr, as text for people or one JSON object a line for machines.
#pragma once

#include <string>

namespace frontrow {

// `level` and `format` must be valid, as checked by the configuration.
void set_up_logging(const std::string& level, const std::string& format);

}  // namespace frontrow
