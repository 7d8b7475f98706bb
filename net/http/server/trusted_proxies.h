// Which client a request comes from, where proxies stand in front: the address in X-Forwarded-For
// that the nearest trusted proxy has seen. Addresses that a client wrote into the header itself
// stand further to the left and are never taken.
//
// Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include <asio/ip/address.hpp>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>

#include "engine/base/result.h"

namespace frontrow {

inline constexpr std::size_t kTrustedProxiesMax = 64;

// "10.0.0.0/8", "192.0.2.7", "2001:db8::/32". The error completes a sentence that begins with the
// setting's name.
Status check_network(std::string_view text);

class TrustedProxies {
 public:
  TrustedProxies() = default;
  // REQUIRES: check_network() accepts each.
  explicit TrustedProxies(const std::vector<std::string>& networks);

  bool has(const sockaddr_storage& address) const;
  // The last address of the header that is no trusted proxy's; the first one if all are. Family
  // AF_UNSPEC: the header has no such address. REQUIRES: a trusted proxy sent the header.
  sockaddr_storage client_of(std::string_view forwarded_for) const;

 private:
  bool has(const asio::ip::address& address) const;

  std::vector<asio::ip::network_v4> v4_;
  std::vector<asio::ip::network_v6> v6_;
};

}  // namespace frontrow
