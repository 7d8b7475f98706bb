// How many connections each client address has, over all threads.
//
// An IPv4 address counts by itself, IPv6 by its /64: that is what one subscriber has. Threads meet
// here when a connection comes or goes, never on the way of a request; the table is cut into
// stripes with a mutex each.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <sys/socket.h>

namespace frontrow {

// Names what an address is counted under; never 0 for IPv4 and IPv6, 0 for anything else. An IPv4
// address mapped into IPv6 is the IPv4 address.
std::uint64_t address_key(const sockaddr_storage& address);
// Whether it is of one's own network: loopback, link-local, private (RFC 1918), unique local (RFC
// 4193).
bool is_private(const sockaddr_storage& address);

class AddressCounts {
 public:
  // False, and nothing counted, if the address has `max` already. Any thread.
  [[nodiscard]] bool add(std::uint64_t key, std::uint32_t max);
  void remove(std::uint64_t key);

 private:
  static constexpr std::size_t kStripes = 64;
  struct Stripe {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, std::uint32_t> counts;  // none is 0
  };
  Stripe& stripe(std::uint64_t key) { return stripes_[(key * 0x9e3779b97f4a7c15ULL) >> 58]; }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace frontrow
