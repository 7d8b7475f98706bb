#include "net/http/server/trusted_proxies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include <netinet/in.h>

#include <asio/ip/tcp.hpp>

#include "engine/base/text.h"

namespace frontrow {
namespace {

using asio::ip::address;
using asio::ip::network_v4;
using asio::ip::network_v6;

struct Network {
  std::optional<network_v4> v4;
  std::optional<network_v6> v6;
};

// An IPv4 address mapped into IPv6 counts as the IPv4 address.
address plain(const address& from) {
  if (!from.is_v6() || !from.to_v6().is_v4_mapped()) return from;
  return make_address_v4(asio::ip::v4_mapped, from.to_v6());
}

Network parse_network(std::string_view text) {
  asio::error_code error;
  const std::string whole(text);
  if (text.find('/') == std::string_view::npos) {
    const address one = asio::ip::make_address(whole, error);
    if (error) return {};
    if (one.is_v4()) return {network_v4(one.to_v4(), 32), {}};
    return {{}, network_v6(one.to_v6(), 128)};
  }
  const network_v4 v4 = asio::ip::make_network_v4(whole, error);
  if (!error) return {v4.canonical(), {}};
  const network_v6 v6 = asio::ip::make_network_v6(whole, error);
  if (!error) return {{}, v6.canonical()};
  return {};
}

std::optional<address> address_of(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(from);
    return asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
  }
  if (from.ss_family != AF_INET6) return std::nullopt;
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, bytes.size());
  return plain(asio::ip::address_v6(bytes));
}

sockaddr_storage storage_of(const address& from) {
  const asio::ip::tcp::endpoint endpoint(from, 0);
  sockaddr_storage storage{};
  std::memcpy(&storage, endpoint.data(), endpoint.size());
  return storage;
}

// An element of the header: an address, with a port or brackets as some proxies write them.
std::optional<address> parse_element(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  asio::error_code error;
  const address parsed = asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return plain(parsed);
}

}  // namespace

Status check_network(std::string_view text) {
  const Network network = parse_network(text);
  if (network.v4 || network.v6) return {};
  return Error{fmt::format(
      "must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32, not \"{}\"", text)};
}

TrustedProxies::TrustedProxies(const std::vector<std::string>& networks) {
  for (const std::string& text : networks) {
    const Network network = parse_network(text);
    if (network.v4) v4_.push_back(*network.v4);
    if (network.v6) v6_.push_back(*network.v6);
  }
}

bool TrustedProxies::has(const asio::ip::address& address) const {
  if (address.is_v4()) {
    const network_v4 host(address.to_v4(), 32);
    return std::ranges::any_of(v4_,
                               [&](const auto& n) { return n == host || host.is_subnet_of(n); });
  }
  const network_v6 host(address.to_v6(), 128);
  return std::ranges::any_of(v6_, [&](const auto& n) { return n == host || host.is_subnet_of(n); });
}

bool TrustedProxies::has(const sockaddr_storage& address) const {
  if (v4_.empty() && v6_.empty()) return false;
  const auto one = address_of(address);
  return one && has(*one);
}

sockaddr_storage TrustedProxies::client_of(std::string_view forwarded_for) const {
  sockaddr_storage client{};
  while (!forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const bool is_first = comma == std::string_view::npos;
    const auto one = parse_element(is_first ? forwarded_for : forwarded_for.substr(comma + 1));
    if (!one) break;
    client = storage_of(*one);
    if (is_first || !has(*one)) break;
    forwarded_for = forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace frontrow
