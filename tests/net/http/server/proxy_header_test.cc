#include "net/http/server/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

#include "net/http/server/address_counts.h"

namespace frontrow {
namespace {

using State = ProxyHeader::State;

const std::string kStart("\r\n\r\n\0\r\nQUIT\n", 12);

std::string header_of(unsigned command, unsigned family, const std::string& rest) {
  std::string text = kStart;
  text += static_cast<char>(command);
  text += static_cast<char>(family);
  text += static_cast<char>(rest.size() >> 8);
  text += static_cast<char>(rest.size() & 255);
  return text + rest;
}

// 203.0.113.9:40000 to 192.0.2.1:443.
const std::string kIpv4("\xcb\x00\x71\x09\xc0\x00\x02\x01\x9c\x40\x01\xbb", 12);
// 2001:db8::9, then zeros.
const std::string kIpv6 = std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16) +
                          std::string(16, '\0') + std::string(4, '\1');

TEST(ProxyHeaders, name_the_client_and_end_where_the_request_begins) {
  for (const std::string& tlvs : {std::string(), std::string("\x04\x00\x03"
                                                             "abc",
                                                             6)}) {
    const std::string v4 = header_of(0x21, 0x11, kIpv4 + tlvs);
    const ProxyHeader header = parse_proxy_header(v4 + "GET / HTTP/1.1\r\n");
    EXPECT_EQ(header.state, State::kWhole);
    EXPECT_EQ(header.size, v4.size());
    EXPECT_EQ(header.client.ss_family, AF_INET);
    EXPECT_FALSE(is_private(header.client));
  }
  const ProxyHeader v6 = parse_proxy_header(header_of(0x21, 0x21, kIpv6));
  EXPECT_EQ(v6.state, State::kWhole);
  EXPECT_EQ(v6.client.ss_family, AF_INET6);
  EXPECT_NE(address_key(v6.client),
            address_key(parse_proxy_header(header_of(0x21, 0x11, kIpv4)).client));
}

TEST(ProxyHeaders, of_the_proxy_itself_and_of_other_families_name_nobody) {
  for (const std::string& text :
       {header_of(0x20, 0x11, kIpv4), header_of(0x20, 0, ""), header_of(0x21, 0, ""),
        header_of(0x21, 0x12, kIpv4), header_of(0x21, 0x31, std::string(216, '\0'))}) {
    const ProxyHeader header = parse_proxy_header(text);
    EXPECT_EQ(header.state, State::kWhole);
    EXPECT_EQ(header.size, text.size());
    EXPECT_EQ(header.client.ss_family, AF_UNSPEC);
    EXPECT_EQ(header.is_local, text[12] == '\x20');
  }
}

TEST(ProxyHeaders, cut_at_any_byte_are_incomplete) {
  for (const std::string& whole : {header_of(0x21, 0x11, kIpv4), header_of(0x21, 0x21, kIpv6)}) {
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(parse_proxy_header(whole.substr(0, size)).state, State::kIncomplete) << size;
  }
}

TEST(ProxyHeaders, other_bytes_are_none) {
  for (std::size_t at = 0; at < kStart.size(); ++at) {
    std::string changed = header_of(0x21, 0x11, kIpv4);
    changed[at] ^= 1;
    EXPECT_EQ(parse_proxy_header(changed).state, State::kNone) << at;
    EXPECT_EQ(parse_proxy_header(changed.substr(0, at + 1)).state, State::kNone) << at;
  }
  for (const std::string& text :
       {std::string("PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n"), std::string("GET / HTTP/1.1\r\n"),
        header_of(0x11, 0x11, kIpv4), header_of(0x22, 0x11, kIpv4),
        header_of(0x21, 0x11, kIpv4.substr(1)), header_of(0x21, 0x21, kIpv4),
        header_of(0x21, 0x11, std::string(kProxyHeaderMax - 15, 'x'))})
    EXPECT_EQ(parse_proxy_header(text).state, State::kNone) << text;
  EXPECT_EQ(parse_proxy_header(header_of(0x21, 0x11, std::string(kProxyHeaderMax - 16, 'x'))).state,
            State::kWhole);
}

}  // namespace
}  // namespace frontrow
