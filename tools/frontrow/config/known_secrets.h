// Secrets that are none: the samples of the documentation and of tools/, placeholders that were to
// be replaced, and texts with a plain pattern (all zeros, counting bytes, a piece that repeats). A
// start with one of them is refused, since everybody who has read the documentation is an operator
// then. A test (tests/tree/known_secrets.sh) takes every sample of the tree and sees it refused.
//
// Pure functions, any thread. No error repeats a secret; it names the file that the sample is in.
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace frontrow {

// `text`: an admin key, or the hexadecimal digits of another secret, as they were written. The
// error is to be read after the name of the setting.
Status check_not_known(std::string_view text);

}  // namespace frontrow
