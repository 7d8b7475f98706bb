// Finds the end of a request's header in bytes that may still be arriving, and refuses on the way
// what can be told from lines alone: bare LF or CR, folded lines, empty field names, and the bounds
// on sizes.
//
// A head that is whole is left to the parser. While it is not, the bytes of its request line are
// looked into as they come, so that what can't become a request (TLS, binary protocols) is refused
// by its first impossible byte and not by a deadline. What is refused later, or whole, is looked
// into as well: the reason that comes first in the line is given, however the input is cut.
//
// Each byte is looked at once for its line's end, and once more in such a request line. Pure
// functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http_limits.h"
#include "net/problem.h"

namespace frontrow {

// Why a request is refused; the connection ends after the answer. detail is static text.
struct ParseError {
  const ProblemType* type = nullptr;
  std::string_view detail;
};

// Offsets count from the first byte of the message.
struct HeadScan {
  std::uint32_t begin =
      0;  // of the request line, after an empty line that clients may send before it
  std::uint32_t line = 0;      // of the line being scanned
  std::uint32_t searched = 0;  // no line end before this
  std::uint32_t headers = 0;   // of the first header line; 0 while the request line is incomplete
  std::uint32_t count = 0;     // header lines
  std::uint32_t end = 0;       // of the whole head; 0 while incomplete

  // Sizes of parts of the request line.
  std::uint32_t looked_into = 0;  // its bytes that are known to be possible
  std::uint32_t method = 0;       // 0 while its end has not been seen
};

// No method that is registered is half as long.
inline constexpr std::size_t kMethodBytesMax = 32;

// input: every byte of the message so far. True: go on, with scan.end set once the head is
// complete.
bool scan_head(std::string_view input, const HttpLimits& limits, HeadScan& scan, ParseError& error);

// Looks into what has come of the request line and was not looked into before. False: no request
// begins like this. For heads that are not whole, or that are refused for another reason.
bool look_into_request_line(std::string_view input, const HttpLimits& limits, HeadScan& scan,
                            ParseError& error);

}  // namespace frontrow
