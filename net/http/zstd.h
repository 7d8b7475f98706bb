// zstd (RFC 8878) of a whole text, for the content coding of the same name. Pure function, any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace frontrow {

// Equal texts give equal bytes. A level for texts that are compressed once and sent often; the
// window is one that browsers accept (RFC 9659: at most 8 MB).
std::string zstd(std::string_view text);

}  // namespace frontrow
