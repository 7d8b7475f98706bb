// Requests and response heads as the HTTP front end and its handler exchange them.
//
// A Request is a set of views into the connection's input: valid only during HttpHandler::handle().
// What must outlive the call is the RequestRef, which names the request until it is answered.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace frontrow {

// HEAD is handed on as kGet with Request::head set: its handler answers as for GET, the server
// leaves the body out.
enum class Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete, kOptions };

// Names one request that awaits its answer. A stale one (answered, or its connection gone) is
// ignored.
struct RequestRef {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint32_t sequence = 0;
  constexpr auto operator<=>(const RequestRef&) const = default;
};

// Header values are without the white space around them; empty when the field is absent, unless
// that makes a difference. The lines of a list are joined.
struct Request {
  Method method = Method::kGet;
  bool head = false;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool proxied = false;    // a proxy says for whom it asks (X-Forwarded-For, Forwarded)
  bool ops = false;        // came in over the operators' listener
  bool has_body = false;   // framed by Content-Length or chunked, even if empty
  // Percent-encoded, except for unreserved characters; "*" for OPTIONS *.
  std::string_view path;
  std::string_view query;  // without the '?'; encoded likewise
  std::string_view body;
  std::string_view host;  // the target's own where it names one
  std::string_view authorization;
  std::optional<std::string_view> idempotency_key;
  std::string_view content_type;
  std::string_view accept;
  std::string_view accept_encoding;
  std::optional<std::string_view> if_match;
  std::string_view if_none_match;
  std::string_view request_id;  // the client's if usable, otherwise the server's
  std::string_view last_event_id;
};

// What an answer says besides its body. Texts must not hold CR or LF.
struct ResponseHead {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view cache_control = "no-store";
  std::string_view location;
  std::string_view etag;
  std::string_view allow;
  std::string_view www_authenticate;
  std::int64_t retry_after_s = -1;  // left out while negative
  bool idempotency_replayed = false;
  bool close = false;      // end the connection after this answer
  std::string_view extra;  // whole header lines, each ending in CRLF
};

}  // namespace frontrow
