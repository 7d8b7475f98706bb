// The pages of net/pages, built into the program by build.mjs: documents, scripts, styles. They use
// only the public API and load nothing from elsewhere, which the headers of every page enforce.
#pragma once

#include <span>
#include <string_view>

namespace frontrow {

struct PageFile {
  std::string_view path;  // of the URL, such as "/" or "/assets/fan-main.4JMN4DVL.css"
  std::string_view content_type;
  bool immutable;  // the name contains a hash of the bytes
  std::string_view bytes;
};

// The header lines of a page, each ending in CRLF.
inline constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

// Sorted by path.
std::span<const PageFile> page_files();

}  // namespace frontrow
