#include "net/http/server/address_counts.h"

#include <netinet/in.h>

#include <cstring>

#include "engine/base/check.h"

namespace frontrow {
namespace {

// Marks IPv4 keys: as an IPv6 prefix it would be in ::/16, which has no hosts.
constexpr std::uint64_t kIpv4 = std::uint64_t{0xffff} << 32;

// The first and the second half of an IPv6 address, in host order.
struct Ipv6 {
  std::uint64_t prefix;
  std::uint64_t host;
};

Ipv6 ipv6_of(const sockaddr_storage& address) {
  const auto& bytes = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr;
  Ipv6 parts{};
  for (int i = 0; i < 8; ++i) {
    parts.prefix = parts.prefix << 8 | bytes[i];
    parts.host = parts.host << 8 | bytes[i + 8];
  }
  return parts;
}

std::uint32_t ipv4_of(const sockaddr_storage& address) {
  return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr);
}

bool is_mapped(const Ipv6& parts) { return parts.prefix == 0 && parts.host >> 32 == 0xffff; }

bool is_private_ipv4(std::uint32_t address) {
  return address >> 24 == 127 || address >> 24 == 10 || address >> 20 == 0xac1 ||
         address >> 16 == 0xc0a8 || address >> 16 == 0xa9fe;
}

}  // namespace

std::uint64_t address_key(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return kIpv4 | ipv4_of(address);
  if (address.ss_family != AF_INET6) return 0;
  const Ipv6 parts = ipv6_of(address);
  if (is_mapped(parts)) return kIpv4 | (parts.host & 0xffff'ffff);
  return parts.prefix == 0 ? 1 : parts.prefix;  // ::1 and the rest of ::/64
}

bool is_private(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return is_private_ipv4(ipv4_of(address));
  if (address.ss_family != AF_INET6) return true;
  const Ipv6 parts = ipv6_of(address);
  if (is_mapped(parts)) return is_private_ipv4(static_cast<std::uint32_t>(parts.host));
  return parts.prefix == 0 || parts.prefix >> 57 == 0xfc >> 1 || parts.prefix >> 54 == 0xfe80 >> 6;
}

std::uint64_t client_key(const sockaddr_storage& address, const HttpLimits& limits) {
  return limits.cap_private_addresses || !is_private(address) ? address_key(address) : 0;
}

bool AddressCounts::add(std::uint64_t key, std::uint32_t max) {
  Stripe& at = stripe(key);
  const std::scoped_lock lock(at.mutex);
  std::uint32_t& count = at.counts[key];
  if (count >= max) {
    if (count == 0) at.counts.erase(key);
    return false;
  }
  ++count;
  return true;
}

void AddressCounts::remove(std::uint64_t key) {
  Stripe& at = stripe(key);
  const std::scoped_lock lock(at.mutex);
  const auto found = at.counts.find(key);
  FR_CHECK(found != at.counts.end());
  if (--found->second == 0) at.counts.erase(found);
}

}  // namespace frontrow
