#include "net/peer/peer_directory.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace frontrow {
namespace {

using asio::ip::make_address;
using asio::ip::tcp;

bool wait_until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

PeerAddress entry_of(const PeerDirectory& directory, InstanceId id) {
  const PeerAddresses all = directory.addresses();
  const auto found = all.find(id);
  return found == all.end() ? PeerAddress{} : found->second;
}

TEST(PeerDirectory, numeric_addresses_are_there_at_once) {
  PeerDirectory directory;
  EXPECT_TRUE(directory.addresses().empty());
  const std::uint64_t before = directory.version();
  directory.set({{1, {"box-1", "10.0.0.1:7101"}}, {3, {"box-3", "[fd00::3]:7103"}}});
  EXPECT_NE(directory.version(), before);
  const PeerAddresses all = directory.addresses();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at(1).name, (PeerName{"box-1", "10.0.0.1:7101"}));
  EXPECT_EQ(all.at(1).endpoint, tcp::endpoint(make_address("10.0.0.1"), 7101));
  EXPECT_EQ(all.at(1).error, "");
  EXPECT_EQ(all.at(3).endpoint, tcp::endpoint(make_address("fd00::3"), 7103));
}

TEST(PeerDirectory, names_are_resolved_by_its_thread) {
  PeerDirectory directory;
  directory.set({{1, {"box-1", "localhost:7101"}}, {2, {"box-2", "127.0.0.1:7102"}}});
  EXPECT_TRUE(entry_of(directory, 2).endpoint) << "waits for no name";
  ASSERT_TRUE(wait_until([&] { return entry_of(directory, 1).endpoint.has_value(); }));
  const PeerAddress resolved = entry_of(directory, 1);
  EXPECT_TRUE(resolved.endpoint->address().is_loopback());
  EXPECT_EQ(resolved.endpoint->port(), 7101);
  EXPECT_EQ(resolved.name, (PeerName{"box-1", "localhost:7101"}));
  EXPECT_EQ(resolved.error, "");
}

TEST(PeerDirectory, version_changes_when_a_name_is_resolved) {
  PeerDirectory directory;
  const std::uint64_t before = directory.version();
  directory.set({{1, {"box-1", "localhost:7101"}}});
  ASSERT_TRUE(wait_until([&] { return entry_of(directory, 1).endpoint.has_value(); }));
  EXPECT_EQ(directory.version(), before + 2) << "set, and resolved";
}

// RFC 6761: no resolver has an address for it.
TEST(PeerDirectory, name_without_an_address_has_the_reason) {
  PeerDirectory directory;
  directory.set({{1, {"box-1", "box-1.invalid:7101"}}});
  ASSERT_TRUE(wait_until([&] { return !entry_of(directory, 1).error.empty(); }));
  EXPECT_FALSE(entry_of(directory, 1).endpoint);
  directory.set({{1, {"box-1", "localhost:7101"}}});
  ASSERT_TRUE(wait_until([&] { return entry_of(directory, 1).endpoint.has_value(); }));
  EXPECT_EQ(entry_of(directory, 1).error, "");
}

TEST(PeerDirectory, texts_that_are_no_address_have_the_reason_at_once) {
  PeerDirectory directory;
  for (const char* wrong : {"", "10.0.0.1", "10.0.0.1:0", "fd00::3:7101", ":7101"}) {
    directory.set({{1, {"box-1", wrong}}});
    const PeerAddress peer = entry_of(directory, 1);
    EXPECT_FALSE(peer.endpoint) << wrong;
    EXPECT_EQ(peer.error, "must be HOST:PORT, with a port from 1 to 65535") << wrong;
  }
  directory.set({{1, {"box-1", "10.0.0.1:7101"}}});
  EXPECT_EQ(entry_of(directory, 1).error, "");
}

TEST(PeerDirectory, change_of_an_address_replaces_it) {
  PeerDirectory directory;
  directory.set({{1, {"box-1", "10.0.0.1:7101"}}, {2, {"box-2", "localhost:7102"}}});
  ASSERT_TRUE(wait_until([&] { return entry_of(directory, 2).endpoint.has_value(); }));
  const PeerAddress other = entry_of(directory, 2);
  std::uint64_t version = directory.version();
  directory.set({{1, {"box-1", "10.0.0.9:7101"}}, {2, {"box-2", "localhost:7102"}}});
  EXPECT_EQ(entry_of(directory, 1).endpoint, tcp::endpoint(make_address("10.0.0.9"), 7101));
  EXPECT_EQ(entry_of(directory, 2), other) << "resolved already";
  EXPECT_EQ(directory.version(), ++version);
  directory.set({{1, {"box-9", "10.0.0.9:7101"}}, {2, {"box-2", "localhost:7102"}}});
  EXPECT_EQ(entry_of(directory, 1).name.name, "box-9");
  EXPECT_EQ(directory.version(), ++version);
}

TEST(PeerDirectory, those_that_are_not_set_again_are_gone) {
  PeerDirectory directory;
  const PeerNames both = {{1, {"box-1", "10.0.0.1:7101"}}, {2, {"box-2", "localhost:7102"}}};
  directory.set(both);
  directory.set({{1, both.at(1)}});
  EXPECT_EQ(directory.addresses().size(), 1U);
  const std::uint64_t version = directory.version();
  directory.set({{1, both.at(1)}});
  EXPECT_EQ(directory.version(), version) << "nothing has changed";
  directory.set({});
  EXPECT_TRUE(directory.addresses().empty());
  EXPECT_EQ(directory.version(), version + 1);
}

}  // namespace
}  // namespace frontrow
