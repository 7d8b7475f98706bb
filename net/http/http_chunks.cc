#include "net/http/http_chunks.h"

#include <algorithm>

#include "net/http/http_characters.h"

namespace frontrow {
namespace {

using State = ChunkScan::State;

constexpr const char* kBareLf = "a line ends in LF without CR";
constexpr const char* kBadSize = "a chunk's size is not a hexadecimal number";
constexpr const char* kBadExtension = "a chunk's extension is malformed";
constexpr const char* kBadEnd = "a chunk does not end where its size says";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// The state after an extension's name or value, if c follows it; kSizeStart if c can't.
State after_word(char c) {
  if (c == ';') return State::kExtension;
  if (c == '\r') return State::kSizeLf;
  return State::kSizeStart;
}

// The state after one byte of an extension; kSizeStart if the byte is not allowed there.
State in_extension(State state, char c) {
  switch (state) {
    case State::kBeforeSemicolon:
      if (is_blank(c)) return state;
      return c == ';' ? State::kExtension : State::kSizeStart;
    case State::kExtension:
      if (is_blank(c)) return state;
      return is_token_byte(c) ? State::kName : State::kSizeStart;
    case State::kName:
      if (is_token_byte(c)) return state;
      if (is_blank(c)) return State::kAfterName;
      return c == '=' ? State::kValueStart : after_word(c);
    case State::kAfterName:
      if (is_blank(c)) return state;
      if (c == '=') return State::kValueStart;
      return c == ';' ? State::kExtension : State::kSizeStart;
    case State::kValueStart:
      if (is_blank(c)) return state;
      if (c == '"') return State::kQuoted;
      return is_token_byte(c) ? State::kValue : State::kSizeStart;
    case State::kValue:
      if (is_token_byte(c)) return state;
      return is_blank(c) ? State::kBeforeSemicolon : after_word(c);
    case State::kQuoted:
      if (c == '"') return State::kQuotedEnd;
      if (c == '\\') return State::kQuotedPair;
      return is_field_byte(c) ? state : State::kSizeStart;
    case State::kQuotedPair:
      return is_field_byte(c) ? State::kQuoted : State::kSizeStart;
    case State::kQuotedEnd:
      return is_blank(c) ? State::kBeforeSemicolon : after_word(c);
    default:
      return State::kSizeStart;
  }
}

const char* read_size(char c, ChunkScan& scan) {
  const int digit = hexadecimal(c);
  if (digit >= 0) {
    if (scan.size >> 60 != 0) return "a chunk's size is over 64 bits";
    scan.size = scan.size << 4 | static_cast<std::uint64_t>(digit);
    scan.state = State::kSize;
    return nullptr;
  }
  if (scan.state == State::kSizeStart) return c == '\n' ? kBareLf : kBadSize;
  scan.state = is_blank(c) ? State::kBeforeSemicolon : after_word(c);
  if (scan.state == State::kSizeStart) return c == '\n' ? kBareLf : kBadSize;
  return nullptr;
}

// Reads one byte that is not data. Returns its fault, or null.
const char* read_framing(char c, ChunkScan& scan) {
  const auto expect = [&](char want, State next, const char* fault) {
    scan.state = next;
    return c == want ? nullptr : c == '\n' ? kBareLf : fault;
  };
  switch (scan.state) {
    case State::kSizeStart:
    case State::kSize:
      return read_size(c, scan);
    case State::kDataCr:
      return expect('\r', State::kDataLf, kBadEnd);
    case State::kDataLf:
      scan.size = 0;
      return expect('\n', State::kSizeStart, kBadEnd);
    case State::kLastCr:
      return expect('\r', State::kLastLf, "trailers are not accepted");
    case State::kLastLf:
      return expect('\n', State::kDone, "a line holds a CR");
    default:
      scan.state = in_extension(scan.state, c);
      if (scan.state == State::kSizeStart) return c == '\n' ? kBareLf : kBadExtension;
      return nullptr;
  }
}

// Reads the LF of a chunk's first line.
bool end_size_line(char c, const ChunkBounds& bounds, ChunkScan& scan, ParseError& error) {
  if (c != '\n') {
    error = {&problems::kMalformedRequest, "a line holds a CR"};
    return false;
  }
  if (scan.size > bounds.body_bytes - scan.body) {
    error = {&problems::kPayloadTooLarge, "the body is too large"};
    return false;
  }
  scan.body += scan.size;
  scan.left = scan.size;
  scan.state = scan.size == 0 ? State::kLastCr : State::kData;
  return true;
}

}  // namespace

bool scan_chunks(std::string_view bytes, const ChunkBounds& bounds, ChunkScan& scan,
                 std::size_t& used, std::string* body, ParseError& error) {
  for (used = 0; used < bytes.size() && scan.state != State::kDone;) {
    if (scan.state == State::kData) {
      const std::size_t now = std::min<std::uint64_t>(scan.left, bytes.size() - used);
      if (body != nullptr) body->append(bytes, used, now);
      used += now;
      scan.left -= now;
      if (scan.left == 0) scan.state = State::kDataCr;
      continue;
    }
    if (scan.framing == bounds.framing_bytes) {
      error = {&problems::kPayloadTooLarge, "the chunk framing is too large"};
      return false;
    }
    ++scan.framing;
    const char c = bytes[used++];
    if (scan.state == State::kSizeLf) {
      if (!end_size_line(c, bounds, scan, error)) return false;
    } else if (const char* fault = read_framing(c, scan)) {
      error = {&problems::kMalformedRequest, fault};
      return false;
    }
  }
  return true;
}

}  // namespace frontrow
