// Accept, Accept-Encoding and Content-Type (RFC 9110, 12.5.1, 12.5.3 and 8.3), as far as the API's
// few media types need.
// Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow {

// The media type of a route's answers.
enum class Produces : std::uint8_t { kNothing, kJson, kEvents, kText, kHtml, kHtmlOrJson };

// May a route that produces this answer a request with this Accept header? None accepts everything.
// Problems may always be answered; they are not asked about.
bool accepts(std::string_view accept, Produces produces);

// Does a client with this Accept-Encoding take gzip, and at least as gladly as no coding? Without
// the header, or with an empty one, no: what such clients can read is not known.
bool prefers_gzip(std::string_view accept_encoding);

// application/json, with or without parameters; a charset must be utf-8.
bool is_json(std::string_view content_type);

}  // namespace frontrow
