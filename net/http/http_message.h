// Requests and response heads as the HTTP front end and its handler exchange them.
//
// A Request is a set of views into the connection's input: valid only during HttpHandler::handle().
// The RequestRef outlives the call; it names the request until its response.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace frontrow {

// HEAD arrives as kGet with Request::head set: the handler responds as to a GET, and the server
// leaves the body out.
enum class Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete, kOptions };

// Names one request that awaits its response. A stale one (answered, or of a closed connection) is
// ignored.
struct RequestRef {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint32_t sequence = 0;
  constexpr auto operator<=>(const RequestRef&) const = default;
};

// Header values have no white space around them; they are empty when the field is absent, unless
// the difference matters. The lines of a list are joined.
struct Request {
  Method method = Method::kGet;
  bool head = false;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool proxied = false;   // a proxy names its client (X-Forwarded-For, Forwarded)
  bool ops = false;       // came in over the operators' listener
  bool has_body = false;  // framed by Content-Length or chunked, even if empty
  // Percent-encoded, except for unreserved characters; "*" for OPTIONS *.
  std::string_view path;
  std::string_view query;  // without the '?'; encoded likewise
  std::string_view body;
  std::string_view host;  // from the target if that names one
  std::string_view authorization;
  std::optional<std::string_view> idempotency_key;
  std::string_view content_type;
  std::string_view accept;
  std::string_view accept_encoding;
  std::optional<std::string_view> if_match;
  std::string_view if_none_match;
  std::string_view request_id;  // the client's if usable, otherwise the server's
  std::string_view last_event_id;
  std::string_view origin;
  std::string_view forwarded_for;
  std::uint64_t client = 0;  // identifies the client's address (address_key()); 0: not limited
  std::string_view preflight_method;  // Access-Control-Request-Method
};

// A response without its body. Texts must not hold CR or LF.
struct ResponseHead {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string_view cache_control = "no-store";
  std::string_view location;
  std::string_view etag;
  std::string_view allow;
  std::string_view www_authenticate;
  std::int64_t retry_after_s = -1;  // omitted when negative
  bool idempotency_replayed = false;
  bool close = false;      // close the connection after this response
  std::string_view extra;  // whole header lines, each ending in CRLF
};

}  // namespace frontrow
