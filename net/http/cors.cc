#include "net/http/cors.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow {
namespace {

constexpr std::string_view kAny = "*";
constexpr std::string_view kVary = "Vary: Origin\r\n";
constexpr std::string_view kExposed =
    "Access-Control-Expose-Headers: ETag, Idempotency-Replayed, Location, Retry-After, "
    "X-Request-Id\r\n";
constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
    "X-Request-Id";
constexpr int kPreflightSeconds = 600;

bool is_host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
         c == '[' || c == ']';
}

}  // namespace

Status check_cors_origin(std::string_view origin) {
  if (origin == kAny) return {};
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view host = origin.substr(scheme.size());
    if (!host.empty() && host.size() <= 255 && std::ranges::all_of(host, is_host_byte)) return {};
  }
  return Error{
      fmt::format("must be * or an origin such as https://shop.example, in lower case and without "
                  "a path, not \"{}\"",
                  origin)};
}

CorsPolicy::CorsPolicy(const std::vector<std::string>& origins) : origins_(origins) {
  if (origins_.empty()) return;
  const bool allows_any = std::ranges::find(origins_, kAny) != origins_.end();
  // The response to each origin is another one, unless it is the same for all.
  if (!allows_any) lines_[0] = kVary;
  for (const std::string& origin : origins_) {
    lines_.push_back(fmt::format("Access-Control-Allow-Origin: {}\r\n{}{}",
                                 allows_any ? kAny : origin, kExposed,
                                 allows_any ? std::string_view() : kVary));
  }
}

std::uint8_t CorsPolicy::match(std::string_view origin) const {
  if (origin.empty()) return 0;
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    if (origins_[i] == origin || origins_[i] == kAny) return static_cast<std::uint8_t>(i + 1);
  }
  return 0;
}

std::string preflight_lines(std::string_view methods) {
  return fmt::format(
      "Access-Control-Allow-Methods: {}\r\nAccess-Control-Allow-Headers: {}\r\n"
      "Access-Control-Max-Age: {}\r\n",
      methods, kAllowedHeaders, kPreflightSeconds);
}

}  // namespace frontrow
