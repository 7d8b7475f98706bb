#include "net/http_head_scan.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace frontrow {
namespace {

// Characters of a method (tchar in RFC 9110, 5.6.2).
constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (const unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
  return table;
}();

bool refuse(ParseError& error, const ProblemType& type, std::string_view detail) {
  error = {&type, detail};
  return false;
}

bool check_request_line(std::string_view line, const HttpLimits& limits, ParseError& error) {
  if (line.size() > limits.request_line_bytes) {
    return refuse(error, problems::kUriTooLong, "the request line is too long");
  }
  // The rest of the line is llhttp's to judge; the version is ours, as llhttp knows more of them.
  if (!line.ends_with(" HTTP/1.1") && !line.ends_with(" HTTP/1.0")) {
    return refuse(error, problems::kMalformedRequest,
                  "the request line must end in HTTP/1.1 or HTTP/1.0");
  }
  return true;
}

// What is wrong with a line that ends in CR LF, both of which are left out; null when nothing is.
const char* fault_of_line(std::string_view line, bool is_header) {
  if (std::memchr(line.data(), '\r', line.size()) != nullptr) return "a line holds a CR";
  if (!is_header || line.empty()) return nullptr;
  if (line.front() == ' ' || line.front() == '\t') return "a header line begins with white space";
  if (line.front() == ':') return "a header has no name";
  return nullptr;
}

bool check_header_sizes(std::size_t bytes, std::size_t count, const HttpLimits& limits,
                        ParseError& error) {
  if (bytes > limits.header_bytes) {
    return refuse(error, problems::kHeadersTooLarge, "the headers are too large");
  }
  if (count > limits.header_count) {
    return refuse(error, problems::kHeadersTooLarge, "there are too many headers");
  }
  return true;
}

// The header line has not ended yet: is what there is of it already too much?
bool check_unfinished(std::string_view input, const HttpLimits& limits, const HeadScan& scan,
                      ParseError& error) {
  std::string_view line = input.substr(scan.line);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (scan.headers == 0 || line.empty()) return true;
  return check_header_sizes(scan.line + line.size() - scan.headers, scan.count + 1, limits, error);
}

// Such a line is judged when its end is there. Where it is too much as well, that was so before:
// cut in the middle of it, the input was refused for that.
bool refuse_line(std::string_view input_to_its_end, const HttpLimits& limits, const HeadScan& scan,
                 ParseError& error, std::string_view fault) {
  return check_unfinished(input_to_its_end, limits, scan, error) &&
         refuse(error, problems::kMalformedRequest, fault);
}

// The method's next byte, the one after what has been looked into.
bool check_method_byte(std::string_view line, HeadScan& scan, ParseError& error) {
  const std::uint32_t at = scan.looked_into;
  if (line[at] == ' ' && at != 0) {
    scan.method = at;
    return true;
  }
  if (!kTokenBytes[static_cast<unsigned char>(line[at])]) {
    // A TLS record begins with its type, 22 for a handshake, and its version, 3.x (RFC 8446, 5.1).
    const bool tls = line.front() == '\x16' && (line.size() == 1 || line[1] == '\x03');
    return refuse(error, problems::kMalformedRequest,
                  tls ? "TLS seems to be spoken to a port that takes plain HTTP"
                      : "the request line does not begin with a method");
  }
  if (at == kMethodBytesMax) {
    return refuse(error, problems::kMalformedRequest, "the method is longer than any");
  }
  return true;
}

bool scan_lines(std::string_view input, const HttpLimits& limits, HeadScan& scan,
                ParseError& error) {
  for (;;) {
    const void* found =
        std::memchr(input.data() + scan.searched, '\n', input.size() - scan.searched);
    if (found == nullptr) {
      scan.searched = static_cast<std::uint32_t>(input.size());
      return check_unfinished(input, limits, scan, error);
    }
    const auto feed = static_cast<std::uint32_t>(static_cast<const char*>(found) - input.data());
    if (feed == scan.line || input[feed - 1] != '\r') {
      return refuse_line(input.substr(0, feed), limits, scan, error,
                         "a line ends in LF without CR");
    }
    const std::string_view line = input.substr(scan.line, feed - 1 - scan.line);
    if (const char* fault = fault_of_line(line, scan.headers != 0)) {
      return refuse_line(input.substr(0, feed), limits, scan, error, fault);
    }
    scan.line = scan.searched = feed + 1;
    if (scan.headers == 0) {
      // A robust server skips one empty line before the request (RFC 9112, 2.2).
      if (line.empty() && scan.begin == 0) {
        scan.begin = scan.line;
        continue;
      }
      if (!check_request_line(line, limits, error)) return false;
      scan.headers = scan.line;
      continue;
    }
    if (line.empty()) {
      scan.end = scan.line;
      return true;
    }
    ++scan.count;
    if (!check_header_sizes(scan.line - scan.headers, scan.count, limits, error)) return false;
  }
}

}  // namespace

bool look_into_request_line(std::string_view input, const HttpLimits& limits, HeadScan& scan,
                            ParseError& error) {
  if (scan.headers != 0 && scan.begin + scan.looked_into + 2 >= scan.headers) return true;
  std::string_view line = input.substr(scan.begin);
  line = line.substr(0, line.find('\n', scan.looked_into));
  // Its last byte may be the CR of its end.
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (; scan.looked_into < line.size(); ++scan.looked_into) {
    if (scan.looked_into == limits.request_line_bytes) {
      return refuse(error, problems::kUriTooLong, "the request line is too long");
    }
    if (scan.method == 0) {
      if (!check_method_byte(line, scan, error)) return false;
      continue;
    }
    const char c = line[scan.looked_into];
    if (c < 0x20 || c > 0x7e) {
      return refuse(error, problems::kMalformedRequest,
                    "the request line holds a byte that is not printable ASCII");
    }
  }
  return true;
}

bool scan_head(std::string_view input, const HttpLimits& limits, HeadScan& scan,
               ParseError& error) {
  const bool sound = scan_lines(input, limits, scan, error);
  if (sound && scan.end != 0) return true;
  return look_into_request_line(input, limits, scan, error) && sound;
}

}  // namespace frontrow
