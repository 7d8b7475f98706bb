// The URI parts of a request: authority (RFC 3986, 3.2) and percent-encoding. Pure functions, any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace frontrow {

// host [":" port], as in Host and in the absolute form of a target, with a host that is not empty
// (RFC 9110, 4.2.1): a registered name, an IPv4 address, or an IPv6 (or later) address in brackets.
// No user information. A comma, which the grammar allows in a name, is refused, because two joined
// Host fields have one.
bool is_authority(std::string_view text);

// Appends text to out with its unreserved characters decoded (RFC 3986, 6.2.2.2): "%31" becomes
// "1", "%2F" stays. False: a '%' without two hexadecimal digits.
bool decode_unreserved(std::string_view text, std::string& out);

}  // namespace frontrow
