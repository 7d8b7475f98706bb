// The addresses of a peer: those that its name resolves to.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

#include <asio/ip/tcp.hpp>

namespace frontrow {

using PeerEndpoints = std::vector<asio::ip::tcp::endpoint>;

// A name with more addresses is reached at the first ones.
inline constexpr std::size_t kPeerEndpointsMax = 8;

// "10.0.0.2:7101", "[fd00::2]:7101"
inline std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) return fmt::format("[{}]:{}", address, endpoint.port());
  return fmt::format("{}:{}", address, endpoint.port());
}

}  // namespace frontrow
