// The OpenAPI 3.1 document of GET /openapi.json. Its text is net/pages/openapi.json, built into the
// program; tests compare it with the route table.
#pragma once

#include <string_view>

namespace frontrow {

std::string_view openapi_document();

}  // namespace frontrow
