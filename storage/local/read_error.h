// Classifies read errors: damage, or a resource that the process or its machine lacks, which
// salvage cannot repair.
#pragma once

#include <string>
#include <string_view>

namespace frontrow {

// Appended to every rejection of a damaged log.
inline constexpr const char* kKeepACopy =
    "; the log is damaged: do not delete anything, keep a copy of the whole directory";

// Whether the error text, in which RocksDB repeats the system's message, names a lack of memory,
// descriptors, rights or space.
bool is_no_damage(std::string_view what);

// Appends kKeepACopy, or the action to take if the data is not damaged. A text that has one of them
// already is returned unchanged.
std::string with_sign(std::string what);

}  // namespace frontrow
