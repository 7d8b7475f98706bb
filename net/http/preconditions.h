// Entity tags, and the conditions of a request on them (RFC 9110, 8.8.3 and 13.1). A list ends at
// the first element that is not an entity tag; later elements match no tag. Pure functions, any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow {

// For If-None-Match: some tag of the list is etag, weak or strong, or the list is "*".
bool matches_weakly(std::string_view list, std::string_view etag);

// For If-Match: etag is strong and in the list as such, or the list is "*". An empty etag stands
// for a representation without one and matches "*" only.
bool matches_strongly(std::string_view list, std::string_view etag);

// An entity tag of 64 bits, quotes included.
std::string tag_of(std::uint64_t bits);

// The bits of the tags in a list that tag_of() has made; weak tags do not count.
std::vector<std::uint64_t> strong_bits(std::string_view list);

}  // namespace frontrow
