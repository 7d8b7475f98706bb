// The demo sale of `frontrow serve --demo`: a concert on sale, and curl commands that buy a ticket.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace frontrow {

// Creates the demo concert through the HTTP API of the server at base_url, unless a concert exists.
// Operators are served at ops_url. Returns the id of the demo's concert.
Result<std::string> ensure_demo_concert(const std::string& base_url, const std::string& ops_url,
                                        const std::string& admin_key);

// Lines for a POSIX shell with curl and sed.
std::string demo_walk(const std::string& base_url, const std::string& concert);

}  // namespace frontrow
