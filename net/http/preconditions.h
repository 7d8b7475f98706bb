// Entity tags, and the conditions of a request on them (RFC 9110, 8.8.3 and 13.1). A list ends at
// the first element that is no entity tag: nothing behind it can match. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow {

// Of If-None-Match: some tag of the list is etag, weak or strong, or the list is "*".
bool matches_weakly(std::string_view list, std::string_view etag);

// Of If-Match: etag is strong and in the list as such, or the list is "*". An empty etag, which
// stands for a representation that has none, is matched by "*" only.
bool matches_strongly(std::string_view list, std::string_view etag);

// An entity tag that says 64 bits, quotes included.
std::string tag_of(std::uint64_t bits);

// The bits of those tags of a list that tag_of() has made; weak ones are none.
std::vector<std::uint64_t> strong_bits(std::string_view list);

}  // namespace frontrow
