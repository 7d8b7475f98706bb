// Counts the connections of each client address, over all threads.
//
// An IPv4 address counts by itself, an IPv6 address by its /64, the prefix of one subscriber.
// Threads share the table only when a connection opens or closes, never during a request; the table
// is cut into stripes with a mutex each.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <sys/socket.h>

#include "net/http/http_limits.h"

namespace frontrow {

// The key under which an address counts; never 0 for IPv4 and IPv6, 0 for other families. An IPv4
// address mapped into IPv6 counts as the IPv4 address.
std::uint64_t address_key(const sockaddr_storage& address);
// True for addresses of local networks: loopback, link-local, private (RFC 1918), unique local (RFC
// 4193).
bool is_private(const sockaddr_storage& address);

// The key under which the requests of an address are limited; 0: they are not.
std::uint64_t client_key(const sockaddr_storage& address, const HttpLimits& limits);

class AddressCounts {
 public:
  // False, without counting, if the address has `max` connections already. Any thread.
  [[nodiscard]] bool add(std::uint64_t key, std::uint32_t max);
  void remove(std::uint64_t key);

 private:
  static constexpr std::size_t kStripes = 64;
  struct Stripe {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, std::uint32_t> counts;  // no count is 0
  };
  Stripe& stripe(std::uint64_t key) { return stripes_[(key * 0x9e3779b97f4a7c15ULL) >> 58]; }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace frontrow
