// The version of this program and the commit that it was built from, for --version:
// "0.1.0 (0123456789ab)", with a "+" where the files differed from the commit.
#pragma once

namespace frontrow {

const char* program_version();

}  // namespace frontrow
