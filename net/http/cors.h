// Cross-origin requests (the CORS protocol of the Fetch standard): which pages of other origins may
// read responses, and the header lines that say so.
//
// Credentials of the browser (cookies, client certificates) are never allowed: callers of the API
// send a token in Authorization. So "*" is a possible origin. An origin is compared as a whole
// text, as browsers send it.
//
// Immutable; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace frontrow {

inline constexpr std::size_t kCorsOriginsMax = 32;

// "https://shop.example", "http://localhost:5173", "*". The error completes a sentence that begins
// with the setting's name.
Status check_cors_origin(std::string_view origin);

class CorsPolicy {
 public:
  CorsPolicy() = default;
  // REQUIRES: check_cors_origin() accepts each, at most kCorsOriginsMax.
  explicit CorsPolicy(const std::vector<std::string>& origins);

  bool is_on() const { return lines_.size() > 1; }
  // The number of the request's origin; 0: none of the policy.
  std::uint8_t match(std::string_view origin) const;
  // Header lines for a response to a request of that number.
  std::string_view lines(std::uint8_t number) const { return lines_[number]; }

 private:
  std::vector<std::string> origins_;               // from number 1
  std::vector<std::string> lines_{std::string()};  // by number
};

// Header lines for the response to a preflight. `methods`: as in Allow.
std::string preflight_lines(std::string_view methods);

}  // namespace frontrow
