// The header by which a proxy on the transport layer names its client, ahead of the bytes of the
// connection: the PROXY protocol, version 2 (haproxy.org, doc/proxy-protocol.txt, section 2.2).
//
//   signature 12, version and command 1, family and transport 1, length 2, addresses, TLVs
//
// The command LOCAL, and families other than TCP over IPv4 and IPv6, name no client. TLVs are
// skipped. Pure function, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/socket.h>

namespace frontrow {

// The longest header that is taken, TLVs included.
inline constexpr std::size_t kProxyHeaderMax = 2048;

struct ProxyHeader {
  enum class State : std::uint8_t {
    kIncomplete,
    kNone,  // the bytes are no such header, or too long a one
    kWhole,
  };
  State state = State::kIncomplete;
  std::size_t size = 0;       // of a whole header
  bool is_local = false;      // the command LOCAL: the connection is the proxy's own
  sockaddr_storage client{};  // AF_UNSPEC: none is named
};

ProxyHeader parse_proxy_header(std::string_view input);

}  // namespace frontrow
