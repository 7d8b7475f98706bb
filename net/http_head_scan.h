// Finds the end of a request's header in bytes that may still be arriving, and refuses on the way
// what can be told from lines alone: bare LF or CR, folded lines, empty field names, and the bounds
// on sizes.
//
// Each byte is looked at once however the input is cut. Pure functions, any thread.
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
};

// input: every byte of the message so far. True: go on, with scan.end set once the head is
// complete.
bool scan_head(std::string_view input, const HttpLimits& limits, HeadScan& scan, ParseError& error);

}  // namespace frontrow
