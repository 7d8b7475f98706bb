#include "net/http/http_head_scan.h"

#include <cstddef>
#include <cstring>

namespace frontrow {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool has_version(std::string_view line) {
  return line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0");
}

// True when a header line, given without its CR LF, passes the quick look.
bool looks_sound(std::string_view line) {
  return !is_blank(line.front()) && line.front() != ':' &&
         std::memchr(line.data(), '\r', line.size()) == nullptr;
}

// True: all bytes so far pass the quick look. False: a line is odd.
bool look_quickly(std::string_view input, const HttpLimits& limits, HeadScan& scan) {
  for (;;) {
    const void* found =
        std::memchr(input.data() + scan.searched, '\n', input.size() - scan.searched);
    if (found == nullptr) {
      scan.searched = static_cast<std::uint32_t>(input.size());
      return true;
    }
    const auto feed = static_cast<std::uint32_t>(static_cast<const char*>(found) - input.data());
    if (feed == scan.line || input[feed - 1] != '\r') return false;
    const std::string_view line = input.substr(scan.line, feed - 1 - scan.line);
    scan.line = scan.searched = feed + 1;
    if (scan.headers == 0) {
      // A robust server skips one empty line before the request (RFC 9112, 2.2).
      if (line.empty() && scan.begin == 0) {
        scan.begin = scan.line;
        continue;
      }
      if (line.size() > limits.request_line_bytes || !has_version(line)) return false;
      if (std::memchr(line.data(), '\r', line.size()) != nullptr) return false;
      scan.headers = scan.line;
      continue;
    }
    if (line.empty()) {
      scan.end = scan.line;
      return true;
    }
    if (!looks_sound(line) || scan.line - scan.headers > limits.header_bytes) return false;
    if (++scan.count > limits.header_count) return false;
    scan.has_trailing_space = scan.has_trailing_space || is_blank(line.back());
  }
}

}  // namespace

bool scan_head(std::string_view input, const HttpLimits& limits, HeadScan& scan,
               ParseError& error) {
  const bool sound = look_quickly(input, limits, scan);
  if (sound && scan.end != 0) return true;
  if (!look_closely(input, limits, scan.close, error)) return false;
  if (!sound) error = {&problems::kMalformedRequest, "the header is malformed"};
  return sound;
}

}  // namespace frontrow
