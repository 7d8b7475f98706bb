#pragma once

// The client of a challenge: solves it as ALTCHA's older format says, and makes the payload.

#include <string>

#include "tests/api/support/json.h"

namespace frontrow::api {

std::string solve(const Json& challenge);

}  // namespace frontrow::api
