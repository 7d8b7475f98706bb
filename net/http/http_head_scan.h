// Finds the end of a request's header in bytes that may still be arriving, and refuses on the way
// what can be told from bytes alone: what no request line and no header line holds, bare LF or CR,
// folded lines, other versions, and the bounds on sizes.
//
// Two looks. The quick one goes from line end to line end; a head that is whole and shows it
// nothing odd is left to the parser. Everything else - a head that is still arriving, or one in
// which the quick look or the parser has found a fault - is looked at byte by byte, by a closer
// look that remembers where it stopped. So what can't become a request (TLS, binary protocols,
// garbage behind a good request line) is refused by its first impossible byte and not by a
// deadline, and the first fault in the bytes decides, however the input is cut.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http/http_limits.h"
#include "net/http/problem.h"

namespace frontrow {

// How far the closer look has come. Offsets count from the first byte of the message.
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
  std::uint32_t looked = 0;   // bytes that are known to be possible
  std::uint32_t part = 0;     // where the part of the request line at hand begins
  std::uint32_t line = 0;     // where the line at hand begins
  std::uint32_t headers = 0;  // where the header lines begin
  std::uint32_t count = 0;    // header lines that have begun
};

// Offsets count from the first byte of the message.
struct HeadScan {
  std::uint32_t begin = 0;     // of the request line, after an empty line that may stand before it
  std::uint32_t line = 0;      // of the line being scanned
  std::uint32_t searched = 0;  // no line end before this
  std::uint32_t headers = 0;   // of the first header line; 0 while the request line is incomplete
  std::uint32_t count = 0;     // header lines
  std::uint32_t end = 0;       // of the whole head; 0 while incomplete
  bool has_trailing_space = false;  // some header line ends in white space
  CloseLook close;
};

// No method that is registered is half as long.
inline constexpr std::size_t kMethodBytesMax = 32;

// input: every byte of the message so far. True: go on, with scan.end set once the head is
// complete.
bool scan_head(std::string_view input, const HttpLimits& limits, HeadScan& scan, ParseError& error);

// The closer look at those bytes of input that it has not seen yet, to the end of the head at most.
// False: no request begins like this.
bool look_closely(std::string_view input, const HttpLimits& limits, CloseLook& look,
                  ParseError& error);

}  // namespace frontrow
