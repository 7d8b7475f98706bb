// Instances that come, move and leave while the links run, slots that have changed hands, and bytes
// for other layers: whole instances in one thread, as in peer_port_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/net/peer/peer_cluster.h"

namespace frontrow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// Two instances of which one does not know the other.
struct Strangers : testing::Test {
  Strangers() {
    two().set_peers({});
    cluster.start();
  }
  Node& one() { return cluster.node(1); }
  Node& two() { return cluster.node(2); }
  bool are_linked() { return one().is_linked(2) && two().is_linked(1); }
  // Time for a dialer to dial.
  void pass_time() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
    EXPECT_TRUE(cluster.until([&] { return std::chrono::steady_clock::now() > end; }));
  }
  Cluster cluster{2};
};

TEST_F(Strangers, instance_that_is_added_later_is_dialed_then) {
  pass_time();
  EXPECT_FALSE(are_linked());
  EXPECT_EQ(two().sum(1, &PeerStats::connect_failures), 0U) << "it knew nobody to dial";
  two().set_peers(cluster.addresses);
  ASSERT_TRUE(cluster.until([&] { return are_linked(); }));
  EXPECT_EQ(two().told("link to box-1 at 127.0.0.1:"), 1U);
  EXPECT_THAT(two().link_news, ElementsAre(Pair(1, true)));
  EXPECT_THAT(one().link_news, ElementsAre(Pair(2, true)));
  const UserId user = user_of_instance(1);
  EXPECT_EQ(outcome(cluster.ask(two(), {{user, {}, 0}, {}, Charge{user, Money{5}}})), "none");
}

// The acceptor may hear of a new instance later than that instance of the acceptor.
TEST_F(Strangers, instance_that_the_directory_does_not_have_yet_may_dial) {
  one().set_peers({});
  two().set_peers(cluster.addresses);
  ASSERT_TRUE(cluster.until([&] { return are_linked(); }));
  // Other news first.
  one().shared->directory().set({{3, {"box-3", "127.0.0.1:1"}}});
  pass_time();
  one().set_peers(cluster.addresses);
  pass_time();
  EXPECT_TRUE(are_linked());
  EXPECT_EQ(one().sum(2, &PeerStats::connections), 1U);
}

TEST_F(Strangers, address_that_changes_is_dialed_at_the_next_attempt) {
  Addresses wrong = cluster.addresses;
  wrong[1].port(free_port());
  two().set_peers(wrong);
  ASSERT_TRUE(cluster.until([&] { return two().sum(1, &PeerStats::connect_failures) >= 2; }));
  EXPECT_FALSE(are_linked());
  two().set_peers(cluster.addresses);
  ASSERT_TRUE(cluster.until([&] { return are_linked(); }));
  // A link that is up stays when the address of its peer changes.
  two().set_peers(wrong);
  pass_time();
  EXPECT_TRUE(are_linked());
  EXPECT_EQ(two().sum(1, &PeerStats::connections), 1U);
}

TEST_F(Strangers, instance_that_moved_is_found_again) {
  two().set_peers(cluster.addresses);
  ASSERT_TRUE(cluster.until([&] { return are_linked(); }));
  cluster.end(1);
  ASSERT_TRUE(cluster.until([&] { return !two().is_linked(1); }));
  cluster.addresses[1].port(free_port());
  cluster.start_again(1);
  pass_time();
  EXPECT_FALSE(are_linked()) << "it is dialed where it was";
  two().set_peers(cluster.addresses);
  ASSERT_TRUE(cluster.until([&] { return are_linked(); }));
  EXPECT_THAT(two().link_news, ElementsAre(Pair(1, true), Pair(1, false), Pair(1, true)));
}

TEST_F(Strangers, address_that_is_none_is_told_once) {
  two().shared->directory().set({{1, {"box-1", "nonsense"}}});
  ASSERT_TRUE(cluster.until([&] { return !two().lines.empty(); }));
  EXPECT_EQ(two().lines[0],
            "box-1 at nonsense can't be reached: must be HOST:PORT, with a port from 1 to 65535");
  pass_time();
  EXPECT_EQ(two().lines.size(), 1U);
  two().set_peers(cluster.addresses);
  EXPECT_TRUE(cluster.until([&] { return are_linked(); }));
}

TEST(PeerChanges, links_to_an_instance_that_left_end_on_both_sides_of_the_dialing) {
  Cluster cluster(3);
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  Addresses left = cluster.addresses;
  left.erase(2);
  cluster.node(1).set_peers(left);  // which instance 2 dialed
  ASSERT_TRUE(cluster.until([&] { return !cluster.node(1).is_linked(2); }));
  EXPECT_EQ(
      cluster.node(1).told(fmt::format("link to box-2 at 127.0.0.1:{} ended: it left the cluster",
                                       cluster.addresses[2].port())),
      1U);
  EXPECT_EQ(cluster.node(1).sum(2, &PeerStats::up), 0U);
  cluster.node(3).set_peers(left);  // which dialed instance 2
  ASSERT_TRUE(cluster.until([&] { return !cluster.node(3).is_linked(2); }));
  const std::uint64_t connections = cluster.node(3).sum(2, &PeerStats::connections);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  ASSERT_TRUE(cluster.until([&] { return std::chrono::steady_clock::now() > end; }));
  EXPECT_EQ(cluster.node(3).sum(2, &PeerStats::connections), connections) << "not dialed again";
  EXPECT_FALSE(cluster.node(3).is_linked(2));
  EXPECT_TRUE(cluster.node(1).is_linked(3)) << "the others are";
  EXPECT_TRUE(cluster.node(3).is_linked(1));
}

// Two instances disagree about the owner while the map changes.
TEST(PeerChanges, request_for_a_slot_that_its_receiver_does_not_own_is_refused_and_not_sent_on) {
  Cluster cluster(3);
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  const UserId user = user_of_instance(3, 3);
  const Command charge{{user, {}, 0}, {}, Charge{user, Money{5}}};
  cluster.node(1).engine.engine().owners().set(slot_of_user(user), 2);
  EXPECT_EQ(outcome(cluster.ask(cluster.node(1), charge)), "instance_unavailable");
  EXPECT_EQ(cluster.node(2).sum(1, &PeerStats::requests_in), 1U);
  EXPECT_EQ(cluster.node(3).sum(1, &PeerStats::requests_in), 0U);
  EXPECT_EQ(cluster.node(3).sum(2, &PeerStats::requests_in), 0U) << "two knows who owns it";
  EXPECT_TRUE(cluster.node(1).is_linked(2)) << "no fault of the peer";
  EXPECT_TRUE(cluster.node(1).peers[0]->is_idle()) << "its credit is back";
  cluster.node(1).engine.engine().owners().set(slot_of_user(user), 3);
  EXPECT_EQ(outcome(cluster.ask(cluster.node(1), charge)), "none");
}

// --- bytes for other layers

OutboundBytes to_peer(InstanceId to, PeerChannel channel, std::size_t size, std::byte value = {}) {
  return {to, channel, std::make_shared<const ByteBuffer>(size, value)};
}

struct PeerBytes : testing::Test {
  explicit PeerBytes(std::size_t workers = 1) : cluster(2, workers) {}
  void link() {
    cluster.start();
    ASSERT_TRUE(cluster.until_linked());
  }
  Node& one() { return cluster.node(1); }
  Node& two() { return cluster.node(2); }
  bool send(Node& from, OutboundBytes&& bytes) {
    return from.engine.engine().send_bytes(std::move(bytes));
  }
  Cluster cluster;
};

TEST_F(PeerBytes, reach_the_other_side_by_channel_and_in_order) {
  link();
  std::vector<Node::Bytes> to_one, to_two;
  for (std::size_t i = 0; i < 200; ++i) {
    const auto channel = static_cast<PeerChannel>(i % 3);
    const auto value = static_cast<std::byte>(i);
    ASSERT_TRUE(send(one(), to_peer(2, channel, i * 11, value)));
    ASSERT_TRUE(send(two(), to_peer(1, channel, i * 7, value)));
    to_two.push_back({1, channel, ByteBuffer(i * 11, value)});
    to_one.push_back({2, channel, ByteBuffer(i * 7, value)});
  }
  ASSERT_TRUE(
      cluster.until([&] { return one().bytes.size() == 200 && two().bytes.size() == 200; }));
  EXPECT_EQ(one().bytes, to_one);
  EXPECT_EQ(two().bytes, to_two);
  std::uint64_t sent = 0;
  for (const Node::Bytes& each : to_two) sent += each.bytes.size();
  EXPECT_EQ(one().sum(2, &PeerStats::copied_out), sent);
  EXPECT_EQ(two().sum(1, &PeerStats::copied_in), sent);
}

struct PeerBytesOfThreads : PeerBytes {
  PeerBytesOfThreads() : PeerBytes(3) {}
};

// Any thread may hold the link.
TEST_F(PeerBytesOfThreads, find_the_thread_that_holds_the_link) {
  link();
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(send(one(), to_peer(2, PeerChannel::kControl, i)));
    ASSERT_TRUE(send(two(), to_peer(1, PeerChannel::kControl, i)));
  }
  ASSERT_TRUE(cluster.until([&] { return one().bytes.size() == 20 && two().bytes.size() == 20; }));
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(one().bytes[i].bytes.size(), i);
}

TEST_F(PeerBytes, that_its_taker_refuses_end_the_link_with_its_words) {
  link();
  one().bytes_fault = "group 7 comes after group 5";
  ASSERT_TRUE(send(two(), to_peer(1, PeerChannel::kToFollower, 10)));
  ASSERT_TRUE(cluster.until([&] { return one().told("ended: ") == 1; }));
  EXPECT_EQ(one().told("ended: invalid input from the peer: byte "), 1U);
  EXPECT_EQ(one().told(": to follower: group 7 comes after group 5"), 1U);
  EXPECT_EQ(one().bytes.size(), 1U);
  one().bytes_fault.clear();
  EXPECT_TRUE(cluster.until_linked()) << "they begin again";
}

TEST_F(PeerBytes, are_refused_when_the_link_is_down) {
  EXPECT_FALSE(send(one(), to_peer(2, PeerChannel::kControl, 1)));
  link();
  EXPECT_TRUE(send(one(), to_peer(2, PeerChannel::kControl, 1)));
  EXPECT_FALSE(send(one(), to_peer(7, PeerChannel::kControl, 1))) << "nobody has this id";
  cluster.end(2);
  ASSERT_TRUE(cluster.until([&] { return !one().is_linked(2); }));
  EXPECT_FALSE(send(one(), to_peer(2, PeerChannel::kControl, 1)));
}

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kHeartbeats = 4'096;  // more than heartbeats and handshakes may have unsent

TEST_F(PeerBytes, beyond_four_mebibytes_that_wait_are_refused_until_some_have_left) {
  link();
  // The first goes when nothing waits; then the thread takes no turn.
  ASSERT_TRUE(
      cluster.until([&] { return send(one(), to_peer(2, PeerChannel::kToFollower, kMiB)); }));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(send(one(), to_peer(2, PeerChannel::kToFollower, kMiB)));
  ASSERT_TRUE(send(one(), to_peer(2, PeerChannel::kToFollower, kMiB - kHeartbeats)));
  EXPECT_FALSE(send(one(), to_peer(2, PeerChannel::kToFollower, kHeartbeats + 1)));
  EXPECT_FALSE(send(one(), to_peer(2, PeerChannel::kControl, kHeartbeats + 1)))
      << "the channels share the room";
  ASSERT_TRUE(cluster.until([&] { return two().bytes.size() == 4; }));
  EXPECT_TRUE(
      cluster.until([&] { return send(one(), to_peer(2, PeerChannel::kToFollower, 4 * kMiB)); }));
}

TEST_F(PeerBytes, one_larger_than_the_room_passes_when_nothing_waits) {
  link();
  const auto send_large = [this] {
    return send(one(), to_peer(2, PeerChannel::kToFollower, 5 * kMiB));
  };
  for (std::size_t i = 1; i <= 2; ++i) {
    ASSERT_TRUE(cluster.until(send_large));
    EXPECT_FALSE(send_large());
    EXPECT_FALSE(send(one(), to_peer(2, PeerChannel::kToFollower, 1)));
    ASSERT_TRUE(cluster.until([&] { return two().bytes.size() == i; }));
    EXPECT_EQ(two().bytes.back().bytes.size(), 5 * kMiB);
  }
}

// Bytes in the socket's output count as well as those that wait for the thread.
TEST_F(PeerBytes, of_a_peer_that_does_not_read_are_refused_in_the_end) {
  link();
  std::size_t sent = 0;
  for (int turns = 0; turns < 500; ++turns) {
    if (send(one(), to_peer(2, PeerChannel::kToFollower, kMiB))) ++sent;
    one().turn();
  }
  EXPECT_GE(sent, 4U);
  EXPECT_LT(sent, 100U) << "the kernel's buffers, and four MiB";
  EXPECT_FALSE(send(one(), to_peer(2, PeerChannel::kToFollower, kMiB)));
  ASSERT_TRUE(cluster.until([&] { return two().bytes.size() == sent; }));
}

TEST_F(PeerBytes, that_a_broken_link_has_lost_take_no_room_of_the_next_one) {
  link();
  while (send(one(), to_peer(2, PeerChannel::kToFollower, kMiB))) one().turn();
  ASSERT_FALSE(send(one(), to_peer(2, PeerChannel::kToFollower, kMiB)));
  cluster.end(2);
  ASSERT_TRUE(cluster.until([&] { return !one().is_linked(2); }));
  cluster.start_again(2);
  ASSERT_TRUE(cluster.until_linked());
  ASSERT_TRUE(
      cluster.until([&] { return send(one(), to_peer(2, PeerChannel::kToFollower, 4 * kMiB)); }));
  ASSERT_TRUE(cluster.until([&] { return two().bytes.size() == 1; }));
}

}  // namespace
}  // namespace frontrow
