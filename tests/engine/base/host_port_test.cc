#include "engine/base/host_port.h"

#include <gtest/gtest.h>

#include <utility>

namespace frontrow {
namespace {

TEST(SplitAddress, gives_host_and_port) {
  const std::pair<const char*, HostAndPort> cases[] = {
      {"10.0.0.2:7101", {"10.0.0.2", "7101"}},
      {"box-2.example:1", {"box-2.example", "1"}},
      {"localhost:65535", {"localhost", "65535"}},
      {"[fd00::2]:7101", {"fd00::2", "7101"}},
      {"[::1]:80", {"::1", "80"}},
  };
  for (const auto& [text, expected] : cases) {
    const auto address = split_address(text);
    ASSERT_TRUE(address.ok()) << text << ": " << address.error();
    EXPECT_EQ(address->host, expected.host) << text;
    EXPECT_EQ(address->port, expected.port) << text;
  }
}

TEST(SplitAddress, anything_else_is_refused) {
  for (const char* text : {"",
                           ":",
                           "box-2",
                           "box-2:",
                           ":7101",
                           "[]:7101",
                           "box-2:0",
                           "box-2:65536",
                           "box-2:-1",
                           "box-2:+1",
                           "box-2: 1",
                           "box-2:1 ",
                           "box-2:1x",
                           "box-2:http",
                           "fd00::2:7101",
                           "::1",
                           "[fd00::2:7101",
                           "fd00::2]:7101",
                           "[fd00::2]",
                           "[fd00::2]7101",
                           "box-2:7101:1"}) {
    const auto address = split_address(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error(), "must be HOST:PORT, with a port from 1 to 65535") << text;
  }
}

}  // namespace
}  // namespace frontrow
