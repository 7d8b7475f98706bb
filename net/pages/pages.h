// The page of GET /: net/pages/index.html, built into the program. The page uses only the public
// API and loads no resources from elsewhere, which its headers enforce.
#pragma once

#include <string_view>

namespace frontrow {

inline constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

std::string_view page_document();

}  // namespace frontrow
