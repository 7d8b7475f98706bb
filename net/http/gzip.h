// gzip (RFC 1952) of a whole text, as the content coding of the same name. Pure function, any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace frontrow {

// The same bytes for the same text: without name and time. Best compression, for texts that are
// compressed once and sent often.
std::string gzip(std::string_view text);

}  // namespace frontrow
