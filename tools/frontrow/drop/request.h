// The text of the requests. Appends to a string of the caller and allocates no other memory. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow::drop {

struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::string_view host;
  std::string_view key = {};            // Idempotency-Key; empty: none
  std::string_view forwarded_for = {};  // X-Forwarded-For; empty: none
};

// Begins a request. With `with_token` it ends with `Authorization: Bearer `; the caller appends the
// token and then calls finish_request(). Without a token finish_request() follows at once.
void begin_request(const RequestHead& head, bool with_token, std::string& out);
// Empty body: a request without one.
void finish_request(bool with_token, std::string_view body, std::string& out);

// The whole request, for infrequent ones.
std::string whole_request(const RequestHead& head, std::string_view token, std::string_view body);

}  // namespace frontrow::drop
