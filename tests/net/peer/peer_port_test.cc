// Whole instances in one thread: engines over journals in memory, linked over real connections. The
// links use the real time.
#include "net/peer/peer_port.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/net/peer/peer_cluster.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

TEST(PeerPort, purchase_works_wherever_concert_wallet_and_client_are) {
  Cluster cluster(3, 2);
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  std::uint32_t seat = 0;
  std::map<InstanceId, ConcertId> concerts;
  while (concerts.size() < 3) {
    const Reply made = cluster.ask(cluster.node(1), {kAdmin, {}, CreateConcert{small_concert(50)}});
    ASSERT_EQ(outcome(made), "none");
    const ConcertId id = body_of<ConcertCreated>(made).concert;
    concerts[owner_of(slot_of_concert(id), 3)] = id;
  }
  for (InstanceId client = 1; client <= 3; ++client) {
    for (const auto& [owner, concert] : concerts) {
      for (InstanceId wallet = 1; wallet <= 3; ++wallet) {
        SCOPED_TRACE(testing::Message() << client << owner << wallet);
        Node& at = cluster.node(client);
        const UserId user = user_of_instance(wallet, 3, static_cast<std::uint8_t>(++seat));
        ASSERT_EQ(outcome(cluster.ask(at, {{user, {}, 0}, {}, Charge{user, Money{5000}}}, 1)),
                  "none");
        const Caller caller = cluster.join(at, concert, user);
        const Reply held = cluster.ask(at, {caller, {}, place_hold(concert, {seat})});
        ASSERT_EQ(outcome(held), "none");
        const HoldId hold = body_of<HoldView>(held).hold;
        const Reply paid = cluster.ask(at, {caller, {}, Pay{concert, {hold}}}, seat % 2);
        ASSERT_EQ(outcome(paid), "none");
        EXPECT_EQ(body_of<PaymentView>(paid).state, PaymentState::kCompleted);
      }
    }
  }
  EXPECT_GT(cluster.node(1).sum(2, &PeerStats::requests_out), 0U);
  EXPECT_GT(cluster.node(1).sum(3, &PeerStats::messages_in), 0U);
  EXPECT_EQ(cluster.node(1).sum(2, &PeerStats::outcome_unknown), 0U);
}

TEST(PeerPort, absent_instance_is_refused_at_once_and_served_when_it_is_there) {
  Cluster cluster(2);
  cluster.node(2).start();
  const UserId user = user_of_instance(1);
  const Command charge{{user, {}, 0}, {}, Charge{user, Money{5}}};
  const Sent sent = cluster.node(2).engine.send(0, charge);
  EXPECT_EQ(outcome(cluster.node(2).engine.answer(sent)), "instance_unavailable");
  ASSERT_TRUE(cluster.until([&] { return cluster.node(2).told("can't be reached") == 1; }));
  EXPECT_EQ(cluster.node(2).lines.at(0),
            fmt::format("box-1 at 127.0.0.1:{} can't be reached: Connection refused",
                        cluster.addresses[1].port()));
  ASSERT_TRUE(
      cluster.until([&] { return cluster.node(2).sum(1, &PeerStats::connect_failures) >= 4; }));
  cluster.node(1).start();
  ASSERT_TRUE(cluster.until_linked());
  EXPECT_EQ(outcome(cluster.ask(cluster.node(2), charge)), "none");
  EXPECT_EQ(cluster.node(2).lines.size(), 2U) << "one line for all attempts, one for the link";
  EXPECT_EQ(cluster.node(2).sum(1, &PeerStats::up), 1U);
}

TEST(PeerPort, instance_that_says_goodbye_is_refused_at_once) {
  Cluster cluster(2);
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  for (const auto& p : cluster.node(1).peers) p->drain();
  const UserId user = user_of_instance(1);
  const Reply reply = cluster.ask(cluster.node(2), {{user, {}, 0}, {}, ReadBalance{user}});
  EXPECT_EQ(outcome(reply), "instance_unavailable");
  ASSERT_TRUE(cluster.until([&] { return cluster.node(1).peers[0]->is_idle(); }));
  cluster.end(1);
  ASSERT_TRUE(cluster.until([&] { return !cluster.node(2).is_linked(1); }));
  EXPECT_EQ(cluster.node(2).told("ended: it has stopped"), 1U);
}

TEST(PeerPort, instance_that_comes_back_is_linked_again) {
  Cluster cluster(2);
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  const UserId user = user_of_instance(1);
  const Command charge{{user, {}, 0}, {}, Charge{user, Money{5}}};
  const Sent lost = cluster.node(2).engine.send(0, charge);
  cluster.node(2).peers[0]->flush();
  cluster.end(1);
  ASSERT_TRUE(cluster.until([&] { return !cluster.node(2).is_linked(1); }));
  EXPECT_EQ(outcome(cluster.node(2).engine.answer(lost)), "outcome_unknown");
  EXPECT_EQ(cluster.node(2).engine.answers(lost), 1U);
  cluster.start_again(1);
  ASSERT_TRUE(cluster.until_linked());
  EXPECT_EQ(outcome(cluster.ask(cluster.node(2), charge)), "none");
  EXPECT_EQ(cluster.node(2).sum(1, &PeerStats::connections), 2U);
}

TEST(PeerPort, answer_to_a_peer_that_has_gone_goes_nowhere) {
  Cluster cluster(2);
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  Node& owner = cluster.node(1);
  owner.journal.hold();
  const std::uint64_t asked = owner.sum(2, &PeerStats::requests_in);
  const UserId user = user_of_instance(1);
  cluster.node(2).engine.send(0, {{user, {}, 0}, {}, Charge{user, Money{5}}});
  ASSERT_TRUE(cluster.until([&] { return owner.sum(2, &PeerStats::requests_in) > asked; }));
  cluster.end(2);
  ASSERT_TRUE(cluster.until([&] { return !owner.is_linked(2); }));
  owner.journal.release();
  ASSERT_TRUE(cluster.until([&] { return owner.engine.engine().worker(0).idle(); }));
  cluster.start_again(2);
  ASSERT_TRUE(cluster.until_linked());
  const Reply balance = cluster.ask(cluster.node(2), {{user, {}, 0}, {}, ReadBalance{user}});
  EXPECT_EQ(body_of<BalanceView>(balance).balance, Money{5});
}

TEST(PeerPort, other_cluster_is_told_once_on_both_sides_however_often_it_is_dialed) {
  Cluster cluster(2);
  cluster.set_node({.member = {2, "shop", 0xff}});
  cluster.start();
  Node &one = cluster.node(1), &two = cluster.node(2);
  ASSERT_TRUE(cluster.until([&] {
    return two.sum(1, &PeerStats::handshakes_refused) >= 4 &&
           one.sum(2, &PeerStats::handshakes_refused) >= 4;
  }));
  ASSERT_EQ(two.lines.size(), 1U);
  EXPECT_EQ(two.lines[0], fmt::format("box-1 at 127.0.0.1:{} refused: its cluster is \"shop\" "
                                      "(53484f5020260001), ours is \"shop\" (00000000000000ff)",
                                      cluster.addresses[1].port()));
  ASSERT_EQ(one.lines.size(), 1U);
  EXPECT_THAT(one.lines[0],
              HasSubstr("refused: its cluster is \"shop\" (00000000000000ff), ours is"));
  const PeerStats* stats = one.peers[0]->stats().find(2);
  ASSERT_NE(stats, nullptr);
  EXPECT_THAT(stats->last_refusal.get(), HasSubstr("ours is \"shop\" (53484f5020260001)"));
  EXPECT_FALSE(one.is_linked(2));
  EXPECT_TRUE(one.link_news.empty());
}

TEST(PeerPort, other_secret_is_told_on_both_sides) {
  Cluster cluster(2);
  cluster.set_node({.member = {2}, .secret = std::string(40, 'x')});
  cluster.start();
  ASSERT_TRUE(cluster.until([&] {
    return cluster.node(2).sum(1, &PeerStats::handshakes_refused) >= 3 &&
           cluster.node(1).sum(2, &PeerStats::handshakes_refused) >= 3;
  }));
  ASSERT_EQ(cluster.node(1).lines.size(), 1U);
  EXPECT_THAT(cluster.node(1).lines[0],
              HasSubstr("refused: it does not prove the cluster's secret"));
  ASSERT_EQ(cluster.node(2).lines.size(), 1U);
  EXPECT_THAT(cluster.node(2).lines[0],
              HasSubstr("refused this instance, saying: you do not prove the cluster's secret"));
}

// 0.0.0.0 is this machine too, but not a loopback address.
TEST(PeerPort, instances_elsewhere_are_linked_under_tls) {
  Cluster cluster(2, 1, "0.0.0.0");
  cluster.start();
  ASSERT_TRUE(cluster.until_linked());
  EXPECT_EQ(cluster.node(2).told("is up (TLS 1.3)"), 1U);
  const UserId user = user_of_instance(1);
  EXPECT_EQ(outcome(cluster.ask(cluster.node(2), {{user, {}, 0}, {}, Charge{user, Money{5}}})),
            "none");
}

// Connections to one instance, made by the test.
struct Knocking {
  explicit Knocking(std::size_t workers = 1, std::int64_t silence_ms = 750) : cluster(2) {
    PeerLinkLimits limits;
    limits.silence_ms = silence_ms;
    cluster.set_node({.member = {1}, .workers = workers, .limits = limits});
    cluster.node(1).start();
  }
  std::unique_ptr<RawPeer> connect() {
    asio::ip::tcp::socket socket(io);
    socket.connect(cluster.addresses[1]);
    return std::make_unique<RawPeer>(std::move(socket));
  }
  bool until(RawPeer& peer, const std::function<bool()>& done) {
    return cluster.until([&] {
      peer.receive();
      return done();
    });
  }
  bool shake_hands(RawPeer& peer) {
    return play_dialer(peer, {2}, 100,
                       [&](const std::function<bool()>& done) { return until(peer, done); });
  }
  asio::io_context io;
  Cluster cluster;
};

TEST(PeerPort, newer_link_of_a_peer_takes_the_place_of_the_older_on_whatever_thread) {
  Knocking knocking(2, 600'000);  // an old link does not end by itself
  Node& node = knocking.cluster.node(1);
  std::size_t links = 0;
  const auto link = [&] {
    std::unique_ptr<RawPeer> peer = knocking.connect();
    EXPECT_TRUE(knocking.shake_hands(*peer));
    ++links;
    EXPECT_TRUE(
        knocking.until(*peer, [&] { return node.sum(2, &PeerStats::connections) == links; }));
    return peer;
  };
  std::unique_ptr<RawPeer> old = link();
  std::set<std::uint16_t> holders;
  while (holders.size() < 2 && links < 60) {
    holders.insert(node.engine.engine().links().worker_of(2));
    const Sent sent = node.engine.send(0, read_concert(concert_of_instance(2)));
    ASSERT_TRUE(knocking.until(*old, [&] { return old->count(FrameType::kRequest) == 1; }));
    std::unique_ptr<RawPeer> fresh = link();
    ASSERT_TRUE(knocking.until(*old, [&] { return old->ended(); }));
    ASSERT_TRUE(knocking.until(*fresh, [&] { return node.engine.answers(sent) == 1; }));
    EXPECT_EQ(outcome(node.engine.answer(sent)), "instance_unavailable") << "a read";
    EXPECT_FALSE(fresh->ended());
    EXPECT_TRUE(node.is_linked(2));
    EXPECT_EQ(node.sum(2, &PeerStats::up), 1U);
    EXPECT_EQ(node.link_news.back(), std::pair(InstanceId{2}, true)) << "the older end is no news";
    old = std::move(fresh);
  }
  EXPECT_EQ(holders.size(), 2U) << "the kernel gave all connections to one thread";
}

TEST(PeerPort, who_knocks_and_says_nothing_keeps_nobody_out) {
  Knocking knocking;
  std::vector<std::unique_ptr<RawPeer>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(knocking.connect());
  std::size_t ended = 0;
  ASSERT_TRUE(knocking.cluster.until([&] {
    ended = 0;
    for (const auto& peer : silent) {
      peer->receive();
      ended += peer->ended() ? 1 : 0;
    }
    return ended == 40 - 16;
  })) << ended;
  EXPECT_TRUE(silent.front()->ended()) << "the oldest goes first";
  EXPECT_FALSE(silent.back()->ended());
  const std::unique_ptr<RawPeer> honest = knocking.connect();
  EXPECT_TRUE(knocking.shake_hands(*honest));
  EXPECT_LE(knocking.cluster.node(1).told("evicted before authentication"), 1U);
}

TEST(PeerPort, frozen_peer_is_down_within_a_second_and_its_requests_are_answered) {
  Knocking knocking;
  Node& node = knocking.cluster.node(1);
  const std::unique_ptr<RawPeer> peer = knocking.connect();
  ASSERT_TRUE(knocking.shake_hands(*peer));
  ASSERT_TRUE(knocking.cluster.until([&] { return node.is_linked(2); }));
  const Sent read = node.engine.send(0, read_concert(concert_of_instance(2)));
  const UserId user = user_of_instance(2);
  const Sent change = node.engine.send(0, {{user, {}, 0}, {}, Charge{user, Money{5}}});
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(knocking.cluster.until([&] { return !node.is_linked(2); }));
  const auto after = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(after, std::chrono::milliseconds(600));
  EXPECT_EQ(outcome(node.engine.answer(read)), "instance_unavailable");
  EXPECT_EQ(outcome(node.engine.answer(change)), "outcome_unknown");
  EXPECT_EQ(node.told("no input for"), 1U);
}

}  // namespace
}  // namespace frontrow
