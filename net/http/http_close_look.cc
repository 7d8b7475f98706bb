// The close look at a head (http_head_scan.h): byte by byte, the first fault decides.
#include <cstddef>

#include "net/http/http_characters.h"
#include "net/http/http_head_scan.h"

namespace frontrow {
namespace {

using State = CloseLook::State;

constexpr const char* kBareLf = "a line ends in LF without CR";
constexpr const char* kHoldsCr = "a line holds a CR";
constexpr const char* kNoMethod = "the request line does not begin with a method";
constexpr const char* kNotPrintable = "the request line holds a byte that is not printable ASCII";
constexpr const char* kNoRequestLine = "the request line is not method, target and version";
constexpr std::string_view kVersion = "HTTP/d.d";

class Looker {
 public:
  Looker(std::string_view input, const HttpLimits& limits, CloseLook& look, ParseError& error)
      : input_(input), limits_(limits), look_(look), error_(error) {}

  // Checks the byte at look.looked. False: no request has this byte here.
  bool byte() {
    const char c = input_[look_.looked];
    switch (look_.state) {
      case State::kStart:
        if (c != '\r') return begin_line(look_.looked) && method(c);
        return to(State::kStartLf);
      case State::kStartLf:
        return c == '\n' ? begin_line(look_.looked + 1) : malformed(kNoMethod);
      case State::kMethod:
        return method(c);
      case State::kTarget:
        return fits_request_line(c) && target(c);
      case State::kVersion:
        return fits_request_line(c) && version(c);
      case State::kVersionLf:
        return c == '\n' ? end_request_line() : cr_in_request_line();
      case State::kLineStart:
        return line_start(c);
      case State::kName:
        return fits_headers(c) && name(c);
      case State::kValue:
        return fits_headers(c) && value(c);
      case State::kLineLf:
        return c == '\n' ? end_header_line() : malformed(kHoldsCr);
      case State::kEndLf:
        return c == '\n' || malformed(kHoldsCr);
    }
    return false;
  }

 private:
  bool to(State state) {
    look_.state = state;
    return true;
  }
  bool refuse(const ProblemType& type, std::string_view detail) {
    error_ = {&type, detail};
    return false;
  }
  bool malformed(std::string_view detail) { return refuse(problems::kMalformedRequest, detail); }
  // The offset within the current part of the request line, and within the current line.
  std::uint32_t at_part() const { return look_.looked - look_.part; }
  std::uint32_t at_line() const { return look_.looked - look_.line; }

  bool begin_line(std::uint32_t at) {
    look_.line = look_.part = at;
    return to(State::kMethod);
  }
  bool next_part(State state) {
    look_.part = look_.looked + 1;
    return to(state);
  }

  bool fits_request_line(char c) {
    // The CR of the line end does not count; the next byte shows whether this is one.
    if (c == '\r' || c == '\n' || at_line() < limits_.request_line_bytes) return true;
    return refuse(problems::kUriTooLong, "the request line is too long");
  }

  bool method(char c) {
    if (c == '\n') return malformed(kBareLf);
    if (c == ' ' && at_part() != 0) return next_part(State::kTarget);
    if (!is_token_byte(c)) {
      // A TLS record begins with its type, 22 for a handshake, and its version, 3.x (RFC 8446,
      // 5.1).
      const char first = input_[look_.line];
      const bool tls = first == '\x16' && (at_part() == 0 || input_[look_.line + 1] == '\x03');
      return malformed(tls ? "TLS seems to be spoken to a port that takes plain HTTP" : kNoMethod);
    }
    if (at_part() == kMethodBytesMax) return malformed("the method is too long");
    return true;
  }

  bool target(char c) {
    if (c == '\n') return malformed(kBareLf);
    if (c == ' ') return at_part() == 0 ? malformed(kNoRequestLine) : next_part(State::kVersion);
    if (c == '\r') return malformed("the request line must end in HTTP/1.1 or HTTP/1.0");
    if (c < 0x20 || c > 0x7e) return malformed(kNotPrintable);
    return c != '#' || malformed("the target holds a byte that must be encoded");
  }

  bool version(char c) {
    if (c == '\n') return malformed(kBareLf);
    const std::uint32_t at = at_part();
    if (c == '\r' && at == kVersion.size()) return to(State::kVersionLf);
    if ((c < 0x20 && c != '\r') || c > 0x7e) return malformed(kNotPrintable);
    const bool fits =
        at < kVersion.size() && (kVersion[at] == 'd' ? is_digit(c) : c == kVersion[at]);
    return fits || malformed("the request line must end in HTTP/1.1 or HTTP/1.0");
  }

  bool end_request_line() {
    const char major = input_[look_.part + 5];
    const char minor = input_[look_.part + 7];
    if (major != '1' || minor > '1') {
      return refuse(problems::kVersionNotSupported, "this server speaks HTTP/1.1 and HTTP/1.0");
    }
    look_.headers = look_.line = look_.looked + 1;
    return to(State::kLineStart);
  }

  bool cr_in_request_line() {
    if (at_line() - 1 >= limits_.request_line_bytes) {
      return refuse(problems::kUriTooLong, "the request line is too long");
    }
    return malformed(kNotPrintable);
  }

  // Checks the sizes up to a byte of a header line that is not its end.
  bool fits_headers(char c) {
    if (c == '\r' || c == '\n') return true;
    return check_header_sizes(look_.looked + 1);
  }
  bool check_header_sizes(std::uint32_t end) {
    if (end - look_.headers > limits_.header_bytes) {
      return refuse(problems::kHeadersTooLarge, "the headers are too large");
    }
    if (look_.count > limits_.header_count) {
      return refuse(problems::kHeadersTooLarge, "there are too many headers");
    }
    return true;
  }

  bool line_start(char c) {
    if (c == '\r') return to(State::kEndLf);
    if (c == '\n') return malformed(kBareLf);
    ++look_.count;
    if (!check_header_sizes(look_.looked + 1)) return false;
    if (c == ' ' || c == '\t') return malformed("a header line begins with white space");
    if (c == ':') return malformed("a header has no name");
    return name(c) && to(State::kName);
  }

  bool name(char c) {
    if (is_token_byte(c)) return true;
    if (c == ':') return to(State::kValue);
    if (c == '\n') return malformed(kBareLf);
    if (c == '\r') return malformed("a header line has no colon");
    if (c == ' ' || c == '\t') return malformed("white space stands in a header's name");
    return malformed("a header's name holds a byte that is not allowed in a name");
  }

  bool value(char c) {
    if (is_field_byte(c)) return true;
    if (c == '\r') return to(State::kLineLf);
    return malformed(c == '\n' ? kBareLf : "a header holds a control character");
  }

  bool end_header_line() {
    look_.line = look_.looked + 1;
    return check_header_sizes(look_.line) && to(State::kLineStart);
  }

  std::string_view input_;
  const HttpLimits& limits_;
  CloseLook& look_;
  ParseError& error_;
};

}  // namespace

bool look_closely(std::string_view input, const HttpLimits& limits, CloseLook& look,
                  ParseError& error) {
  Looker looker(input, limits, look, error);
  for (; look.looked < input.size(); ++look.looked) {
    const bool ends = look.state == State::kEndLf;
    if (!looker.byte()) return false;
    if (ends) break;  // later bytes are not part of the head
  }
  return true;
}

}  // namespace frontrow
