#include "net/http/server/trusted_proxies.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "net/http/server/address_counts.h"

namespace frontrow {
namespace {

sockaddr_storage address(const char* text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
  }
  return storage;
}

std::uint64_t key(const char* text) { return address_key(address(text)); }

TEST(TrustedProxies, networks_are_addresses_with_or_without_a_prefix) {
  for (const char* good : {"10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1", "0.0.0.0/0"})
    EXPECT_TRUE(check_network(good).ok()) << good;
  for (const char* bad :
       {"", "10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.0/-1", "::/129", "*"})
    EXPECT_FALSE(check_network(bad).ok()) << bad;
}

TEST(TrustedProxies, addresses_are_found_in_their_networks) {
  const TrustedProxies proxies({"10.1.0.0/16", "192.0.2.7", "2001:db8::/32"});
  for (const char* in : {"10.1.255.3", "192.0.2.7", "2001:db8:1::5", "::ffff:10.1.2.3"})
    EXPECT_TRUE(proxies.has(address(in))) << in;
  for (const char* out : {"10.2.0.1", "192.0.2.8", "2001:db9::1", "::1"})
    EXPECT_FALSE(proxies.has(address(out))) << out;
  EXPECT_FALSE(TrustedProxies().has(address("10.1.0.1")));
}

TEST(TrustedProxies, client_is_the_last_address_that_is_no_proxy) {
  const TrustedProxies proxies({"10.0.0.0/8"});
  const auto client = [&](std::string_view header) {
    return address_key(proxies.client_of(header));
  };
  EXPECT_EQ(client("203.0.113.9"), key("203.0.113.9"));
  EXPECT_EQ(client("1.1.1.1, 203.0.113.9"), key("203.0.113.9")) << "the client wrote 1.1.1.1";
  EXPECT_EQ(client("1.1.1.1,203.0.113.9 , 10.0.0.3,10.0.0.4"), key("203.0.113.9"));
  EXPECT_EQ(client("10.0.0.3, 10.0.0.4"), key("10.0.0.3"));
  EXPECT_EQ(client("203.0.113.9:4711"), key("203.0.113.9"));
  EXPECT_EQ(client("[2001:db8::7]:80"), key("2001:db8::7"));
  EXPECT_EQ(client("2001:db8::7"), key("2001:db8::7"));
  EXPECT_EQ(client("::ffff:203.0.113.9"), key("203.0.113.9"));
}

TEST(TrustedProxies, text_that_is_no_address_ends_the_search) {
  const TrustedProxies proxies({"10.0.0.0/8"});
  for (const char* header : {"", "unknown", "_hidden", ",", "[", "1.2.3.4.5"})
    EXPECT_EQ(proxies.client_of(header).ss_family, AF_UNSPEC) << header;
  EXPECT_EQ(address_key(proxies.client_of("unknown, 10.0.0.3")), key("10.0.0.3"));
}

}  // namespace
}  // namespace frontrow
