// Error bodies: application/problem+json (RFC 9457), written directly into a caller's string.
//
// A ProblemType fixes slug, title and status; the table below holds the types that every HTTP
// service needs, and the API adds its own in the same shape. Pure functions, any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace frontrow {

struct ProblemType {
  std::string_view slug;  // the `type` member is "/problems/" and the slug
  std::string_view title;
  int status;
};

inline constexpr std::string_view kProblemContentType = "application/problem+json";

// The reason to refuse bytes as a request; the connection ends after the response. detail is static
// text.
struct ParseError {
  const ProblemType* type = nullptr;
  std::string_view detail;
};

namespace problems {
inline constexpr ProblemType kMalformedRequest{"malformed-request", "Malformed request", 400};
inline constexpr ProblemType kNotFound{"not-found", "Not found", 404};
inline constexpr ProblemType kMethodNotAllowed{"method-not-allowed", "Method not allowed", 405};
inline constexpr ProblemType kNotAcceptable{"not-acceptable", "Not acceptable", 406};
inline constexpr ProblemType kRequestTimeout{"request-timeout", "Request timeout", 408};
inline constexpr ProblemType kPreconditionFailed{"precondition-failed", "Precondition failed", 412};
inline constexpr ProblemType kPayloadTooLarge{"payload-too-large", "Payload too large", 413};
inline constexpr ProblemType kUriTooLong{"uri-too-long", "URI too long", 414};
inline constexpr ProblemType kUnsupportedMediaType{"unsupported-media-type",
                                                   "Unsupported media type", 415};
inline constexpr ProblemType kExpectationFailed{"expectation-failed", "Expectation failed", 417};
inline constexpr ProblemType kHeadersTooLarge{"headers-too-large", "Request headers too large",
                                              431};
inline constexpr ProblemType kInternalError{"internal-error", "Internal error", 500};
inline constexpr ProblemType kNotImplemented{"not-implemented", "Not implemented", 501};
inline constexpr ProblemType kOverloaded{"overloaded", "Overloaded", 503};
inline constexpr ProblemType kVersionNotSupported{"http-version-not-supported",
                                                  "HTTP version not supported", 505};

inline constexpr std::array kAll{
    kMalformedRequest,  kNotFound,        kMethodNotAllowed,   kNotAcceptable,
    kRequestTimeout,    kPayloadTooLarge, kUriTooLong,         kUnsupportedMediaType,
    kExpectationFailed, kHeadersTooLarge, kInternalError,      kPreconditionFailed,
    kNotImplemented,    kOverloaded,      kVersionNotSupported};
}  // namespace problems

// Appends the whole body. detail: plain text for a person, omitted when empty. extra_members: JSON
// that goes unchanged before the closing brace, beginning with a comma: `,"position":17`.
void append_problem(std::string& out, const ProblemType& type, std::string_view detail,
                    std::string_view extra_members = {});

// Appends text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace frontrow
