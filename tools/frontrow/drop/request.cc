#include "tools/frontrow/drop/request.h"

#include <fmt/format.h>

namespace frontrow::drop {

void begin_request(const RequestHead& head, bool with_token, std::string& out) {
  out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\nHost: ");
  out.append(head.host).append("\r\n");
  if (!head.key.empty()) out.append("Idempotency-Key: ").append(head.key).append("\r\n");
  if (!head.forwarded_for.empty())
    out.append("X-Forwarded-For: ").append(head.forwarded_for).append("\r\n");
  if (with_token) out.append("Authorization: Bearer ");
}

void finish_request(bool with_token, std::string_view body, std::string& out) {
  if (with_token) out.append("\r\n");
  if (!body.empty()) {
    const fmt::format_int size(body.size());
    out.append("Content-Type: application/json\r\nContent-Length: ");
    out.append(size.data(), size.size()).append("\r\n");
  }
  out.append("\r\n").append(body);
}

std::string whole_request(const RequestHead& head, std::string_view token, std::string_view body) {
  std::string out;
  begin_request(head, !token.empty(), out);
  out.append(token);
  finish_request(!token.empty(), body, out);
  return out;
}

}  // namespace frontrow::drop
