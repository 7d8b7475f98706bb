#include "net/peer/peer_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

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
  EXPECT_EQ(all.at(1).endpoints, (PeerEndpoints{{make_address("10.0.0.1"), 7101}}));
  EXPECT_EQ(all.at(1).error, "");
  EXPECT_EQ(all.at(3).endpoints, (PeerEndpoints{{make_address("fd00::3"), 7103}}));
}

TEST(PeerDirectory, names_are_resolved_by_its_thread) {
  PeerDirectory directory;
  directory.set({{1, {"box-1", "localhost:7101"}}, {2, {"box-2", "127.0.0.1:7102"}}});
  EXPECT_FALSE(entry_of(directory, 2).endpoints.empty()) << "waits for no name";
  ASSERT_TRUE(wait_until([&] { return !entry_of(directory, 1).endpoints.empty(); }));
  const PeerAddress resolved = entry_of(directory, 1);
  for (const tcp::endpoint& endpoint : resolved.endpoints) {
    EXPECT_TRUE(endpoint.address().is_loopback());
    EXPECT_EQ(endpoint.port(), 7101);
  }
  EXPECT_EQ(resolved.name, (PeerName{"box-1", "localhost:7101"}));
  EXPECT_EQ(resolved.error, "");
}

TEST(PeerDirectory, version_changes_when_a_name_is_resolved) {
  PeerDirectory directory;
  const std::uint64_t before = directory.version();
  directory.set({{1, {"box-1", "localhost:7101"}}});
  ASSERT_TRUE(wait_until([&] { return !entry_of(directory, 1).endpoints.empty(); }));
  EXPECT_EQ(directory.version(), before + 2) << "set, and resolved";
}

// The answers of a name server, one after the other; the last one stays.
class NameServer {
 public:
  explicit NameServer(std::vector<Result<PeerEndpoints>> answers) : answers_(std::move(answers)) {}

  Result<PeerEndpoints> resolve(const HostAndPort& name) {
    EXPECT_EQ(name.host, "box-1.example");
    const std::size_t asked = asked_.fetch_add(1);
    return answers_[std::min(asked, answers_.size() - 1)];
  }
  std::size_t asked() const { return asked_.load(); }

 private:
  const std::vector<Result<PeerEndpoints>> answers_;
  std::atomic<std::size_t> asked_{0};
};

// A directory whose only name has these answers.
struct Named {
  explicit Named(std::vector<Result<PeerEndpoints>> answers)
      : server(std::move(answers)),
        directory([this](const HostAndPort& name) { return server.resolve(name); }) {
    directory.set({{1, {"box-1", "box-1.example:7101"}}});
  }
  bool until(const PeerEndpoints& endpoints) {
    return wait_until([&] { return entry_of(directory, 1).endpoints == endpoints; });
  }

  NameServer server;
  PeerDirectory directory;
};

PeerEndpoints endpoints_of(const std::vector<const char*>& addresses) {
  PeerEndpoints endpoints;
  for (const char* address : addresses) endpoints.emplace_back(make_address(address), 7101);
  return endpoints;
}

TEST(PeerDirectory, name_has_all_its_addresses_in_the_order_of_the_resolver) {
  Named named({endpoints_of({"fd00::1", "10.0.0.1"})});
  EXPECT_TRUE(named.until(endpoints_of({"fd00::1", "10.0.0.1"})));
}

TEST(PeerDirectory, addresses_of_a_name_are_bounded) {
  std::vector<const char*> first = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4",
                                    "10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"};
  ASSERT_EQ(first.size(), kPeerEndpointsMax);
  std::vector<const char*> all = first;
  all.push_back("10.0.0.9");
  Named named({endpoints_of(all)});
  EXPECT_TRUE(named.until(endpoints_of(first)));
}

TEST(PeerDirectory, addresses_in_another_order_are_no_change) {
  Named named({endpoints_of({"10.0.0.1", "10.0.1.1"}), endpoints_of({"10.0.1.1", "10.0.0.1"}),
               endpoints_of({"10.0.1.1", "10.0.2.1"})});
  ASSERT_TRUE(named.until(endpoints_of({"10.0.0.1", "10.0.1.1"})));
  const std::uint64_t version = named.directory.version();
  // The directory asks again by itself every few seconds.
  ASSERT_TRUE(wait_until([&] { return named.server.asked() == 2; }));
  EXPECT_EQ(named.directory.version(), version);
  EXPECT_TRUE(named.until(endpoints_of({"10.0.1.1", "10.0.2.1"})));
}

TEST(PeerDirectory, addresses_stay_while_the_name_server_is_away) {
  Named named({endpoints_of({"10.0.0.1", "10.0.1.1"}), Error{"no answer"}});
  ASSERT_TRUE(wait_until([&] { return !entry_of(named.directory, 1).error.empty(); }));
  EXPECT_EQ(entry_of(named.directory, 1).error, "no answer");
  EXPECT_EQ(entry_of(named.directory, 1).endpoints, endpoints_of({"10.0.0.1", "10.0.1.1"}));
}

// RFC 6761: no resolver has an address for it.
TEST(PeerDirectory, name_without_an_address_has_the_reason) {
  PeerDirectory directory;
  directory.set({{1, {"box-1", "box-1.invalid:7101"}}});
  ASSERT_TRUE(wait_until([&] { return !entry_of(directory, 1).error.empty(); }));
  EXPECT_TRUE(entry_of(directory, 1).endpoints.empty());
  directory.set({{1, {"box-1", "localhost:7101"}}});
  ASSERT_TRUE(wait_until([&] { return !entry_of(directory, 1).endpoints.empty(); }));
  EXPECT_EQ(entry_of(directory, 1).error, "");
}

TEST(PeerDirectory, texts_that_are_no_address_have_the_reason_at_once) {
  PeerDirectory directory;
  for (const char* wrong : {"", "10.0.0.1", "10.0.0.1:0", "fd00::3:7101", ":7101"}) {
    directory.set({{1, {"box-1", wrong}}});
    const PeerAddress peer = entry_of(directory, 1);
    EXPECT_TRUE(peer.endpoints.empty()) << wrong;
    EXPECT_EQ(peer.error, "must be HOST:PORT, with a port from 1 to 65535") << wrong;
  }
  directory.set({{1, {"box-1", "10.0.0.1:7101"}}});
  EXPECT_EQ(entry_of(directory, 1).error, "");
}

TEST(PeerDirectory, change_of_an_address_replaces_it) {
  PeerDirectory directory;
  directory.set({{1, {"box-1", "10.0.0.1:7101"}}, {2, {"box-2", "localhost:7102"}}});
  ASSERT_TRUE(wait_until([&] { return !entry_of(directory, 2).endpoints.empty(); }));
  const PeerAddress other = entry_of(directory, 2);
  std::uint64_t version = directory.version();
  directory.set({{1, {"box-1", "10.0.0.9:7101"}}, {2, {"box-2", "localhost:7102"}}});
  EXPECT_EQ(entry_of(directory, 1).endpoints, (PeerEndpoints{{make_address("10.0.0.9"), 7101}}));
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
