// Finds the end of a request's head in bytes that may still be arriving, and refuses faults that
// the bytes alone show: bytes that no request line or header line has, bare LF or CR, folded lines,
// other versions, and excess sizes.
//
// Two scans. The quick look goes from line end to line end; a whole head in which it finds no
// oddity goes to the parser. Every other head - one that is still arriving, or one in which the
// quick look or the parser has found a fault - goes through the close look, which checks byte by
// byte and remembers its position. So input that can't become a request (TLS, binary protocols,
// garbage behind a good request line) is refused at its first impossible byte and not by a
// deadline, and the first fault in the bytes decides, regardless of packet boundaries.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http/http_limits.h"
#include "net/http/problem.h"

namespace frontrow {

// Progress of the close look. Offsets count from the first byte of the message.
struct CloseLook {
  enum class State : std::uint8_t {
    kStart,
    kStartLf,  // after the CR of an empty line before the request
    kMethod,
    kTarget,
    kVersion,
    kVersionLf,
    kLineStart,  // of a header line, or of the empty one that ends the head
    kName,
    kValue,
    kLineLf,
    kEndLf,
  };
  State state = State::kStart;
  std::uint32_t looked = 0;   // bytes accepted so far
  std::uint32_t part = 0;     // start of the current part of the request line
  std::uint32_t line = 0;     // start of the current line
  std::uint32_t headers = 0;  // start of the header lines
  std::uint32_t count = 0;    // header lines that have begun
};

// Offsets count from the first byte of the message.
struct HeadScan {
  std::uint32_t begin = 0;     // of the request line, after an optional empty line
  std::uint32_t line = 0;      // of the line being scanned
  std::uint32_t searched = 0;  // no line end before this
  std::uint32_t headers = 0;   // of the first header line; 0 while the request line is incomplete
  std::uint32_t count = 0;     // header lines
  std::uint32_t end = 0;       // of the whole head; 0 while incomplete
  bool has_trailing_space = false;  // some header line ends in white space
  CloseLook close;
};

// No registered method is half as long.
inline constexpr std::size_t kMethodBytesMax = 32;

// input: every byte of the message so far. True: no fault yet; scan.end is set once the head is
// complete.
bool scan_head(std::string_view input, const HttpLimits& limits, HeadScan& scan, ParseError& error);

// Takes the close look at the bytes of input that it has not seen yet, at most to the end of the
// head. False: no request begins with these bytes.
bool look_closely(std::string_view input, const HttpLimits& limits, CloseLook& look,
                  ParseError& error);

}  // namespace frontrow
