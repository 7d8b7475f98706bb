// "HOST:PORT" as a person writes it: a name or an address, and a port.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace frontrow {

struct HostAndPort {
  std::string host;  // of IPv6 without its brackets
  std::string port;  // 1 to 65535, in digits
};

// "box-2.example:7101", "10.0.0.2:7101", "[fd00::2]:7101". The error completes a sentence that
// begins with the name of the setting.
Result<HostAndPort> split_address(std::string_view address);

}  // namespace frontrow
