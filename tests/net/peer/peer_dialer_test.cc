#include "net/peer/peer_dialer.h"

#include <gtest/gtest.h>

#include <set>

#include "net/peer/peer_shared.h"
#include "tests/net/peer/peer_support.h"

namespace frontrow {
namespace {

TEST(PeerBackoff, doubles_up_to_its_bound_and_draws_from_the_whole_span) {
  const PeerDialLimits limits;
  Prng random(1);
  PeerBackoff backoff(limits);
  for (const std::int64_t span : {50, 100, 200, 400, 800, 1600, 2000, 2000, 2000}) {
    const std::int64_t drawn = backoff.next_ms(random);
    EXPECT_GE(drawn, 1);
    EXPECT_LE(drawn, span);
  }
  std::set<std::int64_t> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(backoff.next_ms(random));
  EXPECT_LT(*drawn.begin(), 50);
  EXPECT_GT(*drawn.rbegin(), 1950);
  backoff.reset();
  EXPECT_LE(backoff.next_ms(random), 50);
}

struct Dialing {
  explicit Dialing(const PeerEndpoints& addresses)
      : dialer(
            io, limits, random,
            [this](asio::ip::tcp::socket&& socket) { sockets.push_back(std::move(socket)); },
            [this](const std::string& why) { failures.push_back(why); }) {
    dialer.set_addresses(addresses);
  }
  bool until(const std::function<bool()>& done) {
    return poll_until(io, [] {}, done);
  }

  asio::io_context io{1};
  PeerDialLimits limits;
  Prng random{7};
  std::vector<asio::ip::tcp::socket> sockets;
  std::vector<std::string> failures;
  PeerDialer dialer;
};

asio::ip::tcp::endpoint closed_port() {
  asio::io_context io;
  const asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  return acceptor.local_endpoint();
}

TEST(PeerDialer, fails_and_tries_again_after_a_pause) {
  Dialing d({closed_port()});
  std::int64_t now = 1'000;
  for (std::size_t attempt = 1; attempt <= 5; ++attempt) {
    d.dialer.tick(now);
    ASSERT_TRUE(d.until([&] { return d.failures.size() == attempt; }));
    const std::int64_t pause = d.dialer.tick(now);
    EXPECT_LE(pause, 50 << (attempt - 1));
    d.io.restart();
    d.io.poll();
    EXPECT_EQ(d.failures.size(), attempt) << "not before its time";
    now += pause;
  }
  EXPECT_EQ(d.failures.back(), "Connection refused");
}

TEST(PeerDialer, dials_again_when_its_link_has_ended_and_not_before) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  Dialing d({acceptor.local_endpoint()});
  d.dialer.tick(1'000);
  ASSERT_TRUE(d.until([&] { return d.sockets.size() == 1; }));
  d.dialer.tick(9'000);
  d.io.restart();
  d.io.poll();
  EXPECT_EQ(d.sockets.size(), 1U);
  d.dialer.link_ended(0, 10'000);
  d.dialer.tick(10'050);
  ASSERT_TRUE(d.until([&] { return d.sockets.size() == 2; }));
  // After a link that lasted a few seconds the pauses start from the beginning.
  for (int i = 0; i < 8; ++i) d.dialer.link_ended(0, 20'000);
  d.dialer.tick(30'000);
  ASSERT_TRUE(d.until([&] { return d.sockets.size() == 3; }));
  d.dialer.link_ended(3'000, 40'000);
  EXPECT_LE(d.dialer.tick(40'000), 50);
}

TEST(PeerDialer, waits_for_an_address_and_dials_the_one_it_has_then) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  Dialing d({});
  for (const std::int64_t now : {1'000, 5'000}) EXPECT_EQ(d.dialer.tick(now), 60'000);
  d.io.poll();
  EXPECT_TRUE(d.sockets.empty());
  EXPECT_TRUE(d.failures.empty()) << "there is nobody to dial";
  d.dialer.set_addresses({closed_port()});
  std::int64_t now = 9'000;
  d.dialer.tick(now);
  ASSERT_TRUE(d.until([&] { return d.failures.size() == 1; }));
  d.dialer.set_addresses({acceptor.local_endpoint()});
  now += d.dialer.tick(now);
  d.dialer.tick(now);
  ASSERT_TRUE(d.until([&] { return d.sockets.size() == 1; }));
  EXPECT_EQ(d.sockets[0].remote_endpoint(), acceptor.local_endpoint());
}

TEST(PeerDialer, tries_all_addresses_before_it_pauses) {
  const PeerEndpoints closed = {closed_port(), closed_port()};
  Dialing d(closed);
  std::int64_t now = 1'000;
  d.dialer.tick(now);
  ASSERT_TRUE(d.until([&] {
    now += d.dialer.tick(now) == 1 ? 1 : 0;
    return d.failures.size() == 1;
  }));
  EXPECT_LE(now, 1'000 + 50 + 2) << "without a pause between the two";
  EXPECT_EQ(d.failures[0], text_of(closed[0]) + ": Connection refused; " + text_of(closed[1]) +
                               ": Connection refused");
}

TEST(PeerDialer, keeps_the_address_that_works) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  asio::ip::tcp::acceptor other(io, {asio::ip::make_address("127.0.0.1"), 0});
  const auto closed = closed_port();
  Dialing d({closed, acceptor.local_endpoint(), other.local_endpoint()});
  std::int64_t now = 1'000;
  const auto until_connected = [&](std::size_t times) {
    return d.until([&] {
      d.dialer.tick(++now);
      return d.sockets.size() == times;
    });
  };
  ASSERT_TRUE(until_connected(1));
  EXPECT_EQ(d.sockets[0].remote_endpoint(), acceptor.local_endpoint());
  d.dialer.link_ended(5'000, now);
  ASSERT_TRUE(until_connected(2));
  EXPECT_EQ(d.sockets[1].remote_endpoint(), acceptor.local_endpoint());
  // Other addresses of the name do not change that, nor another order.
  d.dialer.set_addresses({other.local_endpoint(), closed, acceptor.local_endpoint()});
  d.dialer.link_ended(5'000, now);
  ASSERT_TRUE(until_connected(3));
  EXPECT_EQ(d.sockets[2].remote_endpoint(), acceptor.local_endpoint());
  // A connection that did not become a link is none that works.
  d.dialer.link_ended(0, now);
  ASSERT_TRUE(until_connected(4));
  EXPECT_EQ(d.sockets[3].remote_endpoint(), other.local_endpoint());
  EXPECT_TRUE(d.failures.empty()) << "one address worked each time";
}

TEST(PeerDialer, begins_with_the_first_of_other_addresses) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  Dialing d({closed_port(), closed_port()});
  d.dialer.set_addresses({acceptor.local_endpoint(), closed_port()});
  d.dialer.tick(1'000);
  ASSERT_TRUE(d.until([&] { return d.sockets.size() == 1; }));
  d.dialer.set_addresses({});
  d.dialer.link_ended(5'000, 2'000);
  EXPECT_EQ(d.dialer.tick(9'000), 60'000) << "there is nobody to dial";
}

TEST(PeerDialer, attempt_without_an_answer_is_given_up) {
  // With a full backlog the kernel answers no further connection.
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io);
  acceptor.open(asio::ip::tcp::v4());
  acceptor.bind({asio::ip::make_address("127.0.0.1"), 0});
  acceptor.listen(0);
  std::vector<asio::ip::tcp::socket> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back(io, asio::ip::tcp::v4());
    waiting.back().native_non_blocking(true);
    const auto address = acceptor.local_endpoint();
    ::connect(waiting.back().native_handle(), address.data(),
              static_cast<socklen_t>(address.size()));
  }
  Dialing d({acceptor.local_endpoint()});
  d.dialer.tick(1'000);
  d.io.run_one_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(d.sockets.empty());
  d.dialer.tick(1'999);
  EXPECT_TRUE(d.failures.empty());
  d.dialer.tick(2'000);
  ASSERT_EQ(d.failures.size(), 1U);
  EXPECT_EQ(d.failures[0], "no connection within 1000 ms");
  d.io.restart();
  d.io.poll();  // asio reports the abandoned attempt, which must be ignored
  EXPECT_EQ(d.failures.size(), 1U);
}

TEST(PeerHolders, newest_link_counts_and_an_older_one_takes_nothing_down) {
  PeerHolders holders;
  std::string order;
  const std::uint64_t first = holders.take(5, [&] { order += "up1 "; });
  EXPECT_TRUE(holders.is_newest(5, first));
  const std::uint64_t second = holders.take(5, [&] { order += "up2 "; });
  EXPECT_FALSE(holders.is_newest(5, first));
  holders.give_up(5, first, [&] { order += "down1 "; });
  holders.give_up(5, second, [&] { order += "down2"; });
  EXPECT_EQ(order, "up1 up2 down2");
}

PeerOptions good_options() {
  PeerOptions options;
  options.cluster = "shop";
  options.cluster_id = 1;
  options.self = 2;
  options.secret = kPeerSecret;
  options.address = "box-2.example:7101";
  return options;
}

TEST(PeersShared, refuses_what_can_not_work) {
  const auto shared = PeersShared::make(good_options());
  ASSERT_TRUE(shared.ok()) << shared.error();
  EXPECT_EQ((*shared)->self(), 2);
  EXPECT_TRUE((*shared)->options().secret.empty()) << "only its key is kept";
  const auto refusal_of = [](const std::function<void(PeerOptions&)>& change) {
    PeerOptions options = good_options();
    change(options);
    const auto made = PeersShared::make(options);
    return made.ok() ? "accepted" : made.error();
  };
  EXPECT_EQ(refusal_of([](PeerOptions& o) { o.secret.pop_back(); }),
            "the secret of the cluster has 31 bytes; at least 32 are needed");
  for (const std::size_t bytes : {std::size_t{0}, kClusterNameBytesMax + 1}) {
    EXPECT_EQ(refusal_of([&](PeerOptions& o) { o.cluster = std::string(bytes, 'c'); }),
              "the cluster's name has 1 to 64 bytes");
  }
  for (const InstanceId id : {InstanceId{0}, InstanceId{kInstanceIdMax + 1}}) {
    EXPECT_EQ(refusal_of([&](PeerOptions& o) { o.self = id; }),
              "an instance has an id from 1 to " + std::to_string(kInstanceIdMax));
  }
  EXPECT_EQ(refusal_of([](PeerOptions& o) { o.address = "box-2"; }),
            "the address for the links, \"box-2\", must be HOST:PORT, with a port from 1 to 65535");
}

TEST(PeersShared, link_is_under_tls_by_the_address_of_the_instance_that_accepts) {
  const auto shared = PeersShared::make(good_options());
  ASSERT_TRUE(shared.ok()) << shared.error();
  EXPECT_NE((*shared)->tls_for("10.0.0.1:7101"), nullptr);
  EXPECT_EQ((*shared)->tls_for("127.0.0.1:7101"), nullptr);
  PeerOptions off = good_options();
  off.tls_off = true;
  EXPECT_EQ((*PeersShared::make(off))->tls_for("10.0.0.1:7101"), nullptr);
}

}  // namespace
}  // namespace frontrow
