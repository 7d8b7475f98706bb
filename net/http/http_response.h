// Appends the head of a response to the connection's output. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http/http_message.h"

namespace frontrow {

enum class BodyFraming : std::uint8_t {
  kSized,       // Content-Length (omitted where the status allows no body)
  kChunked,     // a stream to an HTTP/1.1 client
  kUntilClose,  // a stream to an HTTP/1.0 client
};

// Parts of a response that come from the request and the connection's state.
struct AnswerContext {
  std::string_view request_id;
  std::string_view date_line;  // HttpDate::line(); omitted when empty
  bool http_1_0 = false;
  bool keep_alive = true;
  std::string_view extra = {};  // whole header lines
};

void append_response_head(std::string& out, const ResponseHead& head, const AnswerContext& context,
                          BodyFraming framing, std::size_t body_bytes);

// Whether a response of this status may have a body (RFC 9110, 6.4.1).
constexpr bool status_allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// Appends a chunk of a chunked body. An empty text appends none, as an empty chunk would end the
// body.
void append_chunk(std::string& out, std::string_view text);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace frontrow
