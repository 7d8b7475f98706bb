// Accept, Accept-Encoding and Content-Type (RFC 9110, 12.5.1, 12.5.3 and 8.3), as far as the API's
// few media types need. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow {

// The media type of a route's responses. A table is CSV or NDJSON, as its request says. A file of
// the pages has the type of its name, which browsers do not always name in Accept: never refused.
enum class Produces : std::uint8_t {
  kNothing,
  kJson,
  kEvents,
  kText,
  kHtml,
  kHtmlOrJson,
  kTable,
  kPageFile
};

// Whether an Accept header allows the media type. An empty one accepts all types. Problems are
// always allowed and need no check.
bool accepts(std::string_view accept, Produces produces);

// Whether a client with this Accept-Encoding accepts gzip with at least the weight of no coding.
// False for a missing or empty header, because the codings of such a client are unknown.
bool prefers_gzip(std::string_view accept_encoding);
// The same for zstd, which must be named, with at least the weight of gzip.
bool prefers_zstd(std::string_view accept_encoding);

// application/json, with or without parameters; a charset must be utf-8.
bool is_json(std::string_view content_type);

}  // namespace frontrow
