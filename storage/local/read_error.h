// What an error that reading came to is a sign of: damage, or something that the process or its
// machine lacks, which no salvage mends.
#pragma once

#include <string>
#include <string_view>

namespace frontrow {

// Appended to every refusal of a damaged log.
inline constexpr const char* kKeepACopy =
    "; the log is damaged: do not delete anything, keep a copy of the whole directory";

// `what`, in which RocksDB repeats the system's words, names memory, descriptors, rights or room
// that are lacking.
bool is_no_damage(std::string_view what);

// `what` with kKeepACopy, or with what to do where it is no damage; as it is if it has one of them.
std::string with_sign(std::string what);

}  // namespace frontrow
