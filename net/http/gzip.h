// gzip (RFC 1952) of a whole text, for the content coding of the same name. Pure function, any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace frontrow {

// Equal texts give equal bytes: the header has no name and no time. Best compression, for texts
// that are compressed once and sent often.
std::string gzip(std::string_view text);

}  // namespace frontrow
