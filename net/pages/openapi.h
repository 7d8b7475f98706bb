// The OpenAPI 3.1 document that GET /openapi.json answers. Its text is net/openapi.json, built into
// the program; tests hold it against the route table.
#pragma once

#include <string_view>

namespace frontrow {

std::string_view openapi_document();

}  // namespace frontrow
