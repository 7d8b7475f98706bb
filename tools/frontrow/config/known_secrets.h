// Publicly known secrets: the samples of the documentation and of tools/, unreplaced placeholders,
// and texts with a plain pattern (all zeros, counting bytes, a repeated piece). The server refuses
// to start with one of them, since every reader of the documentation would be an operator. A test
// (tests/tree/known_secrets.sh) checks that every sample of the tree is refused.
//
// Pure functions, any thread. No error repeats a secret; it names the file of the sample.
#pragma once

#include <string_view>

#include "engine/base/result.h"

namespace frontrow {

// `text`: an admin key, or the hexadecimal digits of another secret, as written in the
// configuration. The error completes a sentence that begins with the name of the setting.
Status check_not_known(std::string_view text);

}  // namespace frontrow
