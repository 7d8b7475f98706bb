#include "net/http/server/proxy_header.h"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>

namespace frontrow {
namespace {

using State = ProxyHeader::State;

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedBytes = 16;
constexpr unsigned kLocal = 0x20;  // version 2 and the command
constexpr unsigned kProxy = 0x21;
constexpr unsigned kTcpOverIpv4 = 0x11;
constexpr unsigned kTcpOverIpv6 = 0x21;
// Source and destination, then their ports.
constexpr std::size_t kIpv4Bytes = 12;
constexpr std::size_t kIpv6Bytes = 36;

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view input) {
  const std::size_t compared = std::min(input.size(), kSignature.size());
  if (input.substr(0, compared) != kSignature.substr(0, compared)) return {State::kNone};
  if (input.size() < kFixedBytes) return {};
  const unsigned command = byte_at(input, 12);
  const unsigned family = byte_at(input, 13);
  const std::size_t length = byte_at(input, 14) << 8 | byte_at(input, 15);
  const std::size_t size = kFixedBytes + length;
  if ((command != kLocal && command != kProxy) || size > kProxyHeaderMax) return {State::kNone};
  const bool is_v4 = command == kProxy && family == kTcpOverIpv4;
  const bool is_v6 = command == kProxy && family == kTcpOverIpv6;
  if (length < (is_v4 ? kIpv4Bytes : is_v6 ? kIpv6Bytes : 0)) return {State::kNone};
  if (input.size() < size) return {};

  ProxyHeader header{State::kWhole, size, command == kLocal};
  const char* source = input.data() + kFixedBytes;
  if (is_v4) {
    auto& client = reinterpret_cast<sockaddr_in&>(header.client);
    client.sin_family = AF_INET;
    std::memcpy(&client.sin_addr, source, sizeof client.sin_addr);
  } else if (is_v6) {
    auto& client = reinterpret_cast<sockaddr_in6&>(header.client);
    client.sin6_family = AF_INET6;
    std::memcpy(&client.sin6_addr, source, sizeof client.sin6_addr);
  }
  return header;
}

}  // namespace frontrow
