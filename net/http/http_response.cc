#include "net/http/http_response.h"

#include <charconv>

namespace frontrow {
namespace {

// Status lines with the header that every response has.
#define FRONTROW_STATUS_LINE(status, reason) \
  case status:                               \
    return "HTTP/1.1 " #status " " reason "\r\nX-Content-Type-Options: nosniff\r\n"

std::string_view status_line(int status) {
  switch (status) {
    FRONTROW_STATUS_LINE(200, "OK");
    FRONTROW_STATUS_LINE(201, "Created");
    FRONTROW_STATUS_LINE(202, "Accepted");
    FRONTROW_STATUS_LINE(204, "No Content");
    FRONTROW_STATUS_LINE(304, "Not Modified");
    FRONTROW_STATUS_LINE(307, "Temporary Redirect");
    FRONTROW_STATUS_LINE(308, "Permanent Redirect");
    FRONTROW_STATUS_LINE(400, "Bad Request");
    FRONTROW_STATUS_LINE(401, "Unauthorized");
    FRONTROW_STATUS_LINE(403, "Forbidden");
    FRONTROW_STATUS_LINE(404, "Not Found");
    FRONTROW_STATUS_LINE(405, "Method Not Allowed");
    FRONTROW_STATUS_LINE(406, "Not Acceptable");
    FRONTROW_STATUS_LINE(408, "Request Timeout");
    FRONTROW_STATUS_LINE(409, "Conflict");
    FRONTROW_STATUS_LINE(410, "Gone");
    FRONTROW_STATUS_LINE(412, "Precondition Failed");
    FRONTROW_STATUS_LINE(413, "Content Too Large");
    FRONTROW_STATUS_LINE(414, "URI Too Long");
    FRONTROW_STATUS_LINE(415, "Unsupported Media Type");
    FRONTROW_STATUS_LINE(417, "Expectation Failed");
    FRONTROW_STATUS_LINE(422, "Unprocessable Content");
    FRONTROW_STATUS_LINE(429, "Too Many Requests");
    FRONTROW_STATUS_LINE(431, "Request Header Fields Too Large");
    FRONTROW_STATUS_LINE(500, "Internal Server Error");
    FRONTROW_STATUS_LINE(501, "Not Implemented");
    FRONTROW_STATUS_LINE(502, "Bad Gateway");
    FRONTROW_STATUS_LINE(503, "Service Unavailable");
    FRONTROW_STATUS_LINE(504, "Gateway Timeout");
    FRONTROW_STATUS_LINE(505, "HTTP Version Not Supported");
    default:
      return {};
  }
}
#undef FRONTROW_STATUS_LINE

// The fields of nearly all responses, in one piece up to the request's id.
constexpr ResponseHead kUsual;
constexpr std::string_view kUsualFields =
    "Content-Type: application/json\r\nCache-Control: no-store\r\nX-Request-Id: ";
static_assert(kUsual.content_type == "application/json" && kUsual.cache_control == "no-store");

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_status_line(std::string& out, int status) {
  const std::string_view known = status_line(status);
  if (!known.empty()) {
    out += known;
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += " \r\nX-Content-Type-Options: nosniff\r\n";
}

void append_field(std::string& out, std::string_view name_and_colon, std::string_view value) {
  if (value.empty()) return;
  out.append(name_and_colon).append(value).append("\r\n");
}

}  // namespace

void append_response_head(std::string& out, const ResponseHead& head, const AnswerContext& context,
                          BodyFraming framing, std::size_t body_bytes) {
  append_status_line(out, head.status);
  out += context.date_line;
  const bool body = status_allows_body(head.status);
  if (body && head.content_type == kUsual.content_type &&
      head.cache_control == kUsual.cache_control && !context.request_id.empty()) {
    append_field(out, kUsualFields, context.request_id);
  } else {
    if (body) append_field(out, "Content-Type: ", head.content_type);
    append_field(out, "Cache-Control: ", head.cache_control);
    append_field(out, "X-Request-Id: ", context.request_id);
  }
  append_field(out, "Location: ", head.location);
  append_field(out, "ETag: ", head.etag);
  append_field(out, "Allow: ", head.allow);
  append_field(out, "WWW-Authenticate: ", head.www_authenticate);
  if (head.retry_after_s >= 0) {
    out += "Retry-After: ";
    append_number(out, head.retry_after_s);
    out += "\r\n";
  }
  if (head.idempotency_replayed) out += "Idempotency-Replayed: true\r\n";
  out += head.extra;
  out += context.extra;
  if (!context.keep_alive) {
    out += "Connection: close\r\n";
  } else if (context.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  if (body && framing == BodyFraming::kSized) {
    out += "Content-Length: ";
    append_number(out, static_cast<std::int64_t>(body_bytes));
    out += "\r\n\r\n";
  } else if (body && framing == BodyFraming::kChunked) {
    out += "Transfer-Encoding: chunked\r\n\r\n";
  } else {
    out += "\r\n";
  }
}

void append_chunk(std::string& out, std::string_view text) {
  if (text.empty()) return;
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, text.size(), 16).ptr);
  out += "\r\n";
  out += text;
  out += "\r\n";
}

}  // namespace frontrow
