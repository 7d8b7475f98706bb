// Writes the head of an answer, by appending to the connection's output. Pure functions, any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/http_message.h"

namespace frontrow {

enum class BodyFraming : std::uint8_t {
  kSized,       // Content-Length (left out where the status allows no body)
  kChunked,     // a stream to an HTTP/1.1 client
  kUntilClose,  // a stream to an HTTP/1.0 client
};

// What the request and the connection's state add to an answer.
struct AnswerContext {
  std::string_view request_id;
  std::string_view date_line;  // HttpDate::line(); left out when empty
  bool http_1_0 = false;
  bool keep_alive = true;
};

void append_response_head(std::string& out, const ResponseHead& head, const AnswerContext& context,
                          BodyFraming framing, std::size_t body_bytes);

// Whether an answer of this status may have a body (RFC 9110, 6.4.1).
constexpr bool status_allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// One chunk of a chunked body; an empty text appends nothing, as an empty chunk would end the body.
void append_chunk(std::string& out, std::string_view text);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace frontrow
