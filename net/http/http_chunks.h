// The chunked transfer coding (RFC 9112, 7.1), as a decoder that can stop at every byte: sizes,
// extensions (checked for their form, then ignored), data, the last chunk. Trailers are refused.
//
// Every line must end in CR LF, white space is accepted only where the grammar has it (around the
// ';' and the '=' of an extension), and a size consists of hexadecimal digits only: a lenient proxy
// and this server must never see two different bodies in the same bytes.
//
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/problem.h"

namespace frontrow {

struct ChunkScan {
  enum class State : std::uint8_t {
    kSizeStart,
    kSize,
    kBeforeSemicolon,  // white space after a size or a value
    kExtension,        // after a ';'
    kName,
    kAfterName,  // white space after a name
    kValueStart,
    kValue,
    kQuoted,
    kQuotedPair,
    kQuotedEnd,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kLastCr,  // of the empty line behind the last chunk
    kLastLf,
    kDone,
  };
  State state = State::kSizeStart;
  std::uint32_t framing = 0;  // bytes that are not data
  std::uint64_t size = 0;     // of the current chunk
  std::uint64_t left = 0;     // unread bytes of its data
  std::uint64_t body = 0;     // sizes of all announced chunks
};

struct ChunkBounds {
  std::size_t body_bytes = 0;
  std::size_t framing_bytes = 0;
};

// Scans bytes that follow those of earlier calls. `used` is the number of bytes that belong to the
// body: all, unless scan.state is kDone. Data is appended to body unless that is null. False:
// `error` has the first fault; later bytes can't be trusted.
bool scan_chunks(std::string_view bytes, const ChunkBounds& bounds, ChunkScan& scan,
                 std::size_t& used, std::string* body, ParseError& error);

}  // namespace frontrow
