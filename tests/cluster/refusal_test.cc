// Instances that must not link: each logs the reason once, with both values, and the others go on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {
namespace {

// Redials after which a repeated log line would have appeared.
constexpr int kRefusals = 5;
constexpr const char* kTlsMissing = "TLS could not be agreed on (is it off on one side only?)";

class Refusal : public ClusterTest {
 protected:
  // A counter of `id` for its link to the peer.
  std::int64_t count(int id, int peer, const std::string& what) {
    const std::string metrics = api::HttpClient(cluster->place(id)).request("GET", "/metrics").body;
    const std::string mark = fmt::format("{}{{peer=\"{}\"}} ", what, peer);
    const std::size_t at = metrics.find(mark);
    return at == metrics.npos ? -1 : std::atoll(metrics.c_str() + at + mark.size());
  }

  std::string map_of(int id) {
    const api::Json told = cluster->shop(id).admin("GET", "/v1/admin/cluster").json();
    return fmt::format("revision {} (hash {})", told["mapRevision"].integer(),
                       told["mapHash"].text());
  }

  void restart_odd(const Told& told) {
    Instance& instance = cluster->instance(odd_);
    instance.ask_to_stop();
    EXPECT_EQ(instance.wait(30'000), 0) << instance.log();
    cluster->tell(odd_, told);
    cluster->launch(odd_);
    ASSERT_TRUE(instance.await_ready());
  }

  // All serve one sale; then one restarts with another configuration.
  void start_with_odd(const Told& odd) {
    ASSERT_TRUE(cluster->start());
    api::Shop shop(cluster->shop(1));
    while (concerts_.size() < kInstances && !HasFailure()) {
      const std::int64_t concert = shop.create_concert();
      concerts_.try_emplace(cluster->owner_of_concert(concert), concert);
    }
    restart_odd(odd);
  }

  void await_line(int id, const std::string& text) {
    EXPECT_TRUE(api::await([&] { return cluster->instance(id).lines_with(text) > 0; }))
        << "no \"" << text << "\" in:\n"
        << cluster->instance(id).log();
  }

  void await_refusals(int id, int peer) {
    EXPECT_TRUE(api::await(
        [&] { return count(id, peer, "frontrow_link_handshakes_refused_total") >= kRefusals; },
        30'000))
        << cluster->instance(id).log();
  }

  // Instance N has N threads, and a connection may come to any of them.
  void expect_said_once(int id, const std::string& text) {
    EXPECT_EQ(cluster->instance(id).lines_with(text), 1) << '"' << text << "\" in:\n"
                                                         << cluster->instance(id).log();
  }

  std::array<int, 2> others() const { return {odd_ == 1 ? 2 : 1, odd_ == 3 ? 2 : 3}; }

  // The other two sell to each other's users; the slots of the odd one are unavailable.
  void expect_rest_goes_on() {
    for (const int owner : others()) {
      const int other = 6 - odd_ - owner;
      api::Shop shop(cluster->shop(other));
      const std::int64_t concert = concerts_.at(owner);
      const api::Fan fan = shop.enter(concert, cluster->user_of(other));
      shop.charge(fan, 1000);
      shop.pay(concert, fan, shop.hold(concert, fan, {1}));
      EXPECT_EQ(shop.post_join(concerts_.at(odd_), fan.user).slug(), "instance-unavailable");
      EXPECT_FALSE(cluster->is_linked(owner, odd_));
    }
  }

  void expect_corrected_by_restart() {
    restart_odd(cluster->told());
    EXPECT_TRUE(cluster->await_links(10'000));
    api::Shop shop(cluster->shop(others()[0]));
    shop.join(concerts_.at(odd_));
    for (int id = 1; id <= kInstances; ++id) {
      EXPECT_GT(cluster->instance(id).lines_with("is up (TLS 1.3)"), 0)
          << cluster->instance(id).log();
      EXPECT_EQ(cluster->instance(id).lines_with("is up (plain)"), 0);
    }
  }

  // The third is odd, and it dials. The others log `by_others`; the third logs `by_third` for each
  // of them.
  void expect_refused(const std::string& by_others, const std::string& by_third) {
    if (HasFailure()) return;
    for (const int other : {1, 2}) {
      await_refusals(3, other);
      expect_said_once(other, by_others);
      expect_said_once(3, fmt::format("instance {} at {}:{} refused", other,
                                      cluster->instance(other).host().address,
                                      cluster->instance(other).host().peer_port));
    }
    EXPECT_EQ(cluster->instance(3).lines_with(by_third), 2) << cluster->instance(3).log();
    expect_rest_goes_on();
    expect_corrected_by_restart();
  }

  int odd_ = 3;
  std::map<int, std::int64_t> concerts_;  // by owner
};

TEST_F(Refusal, other_cluster_is_refused_with_both_names) {
  Told odd = cluster->told();
  odd.cluster = "side-stage";
  start_with_odd(odd);
  expect_refused(R"(its cluster is "side-stage", ours is "box-office")",
                 R"(its cluster is "box-office", ours is "side-stage")");
}

TEST_F(Refusal, other_secret_is_refused) {
  Told odd = cluster->told();
  odd.secret = Cluster::new_secret();
  start_with_odd(odd);
  expect_refused("it does not prove the cluster's secret", "you do not prove the cluster's secret");
  for (int id = 1; id <= kInstances; ++id) {
    EXPECT_EQ(cluster->instance(id).lines_with(odd.secret), 0);
    EXPECT_EQ(cluster->instance(id).lines_with(cluster->told().secret), 0);
  }
}

TEST_F(Refusal, other_map_is_refused_with_both_hashes) {
  Told odd = cluster->told();
  odd.pins = "[[pins]]\ninstance = 3\nslots = [17, 18, 19, 20, 21, 22, 23, 24]\n";
  start_with_odd(odd);
  const std::string ours = map_of(1);
  const std::string its = map_of(3);
  EXPECT_NE(ours, its);
  expect_refused(fmt::format("its map is {}, ours is {}", its, ours),
                 fmt::format("its map is {}, ours is {}", ours, its));
}

TEST_F(Refusal, plain_dialer_is_refused_by_those_that_want_tls) {
  Told odd = cluster->told();
  odd.tls = "off";
  start_with_odd(odd);
  for (const int other : others()) await_line(other, kTlsMissing);
  expect_rest_goes_on();
  for (const int other : others()) {
    expect_said_once(other, kTlsMissing);
    expect_said_once(odd_, fmt::format("instance {} at {}:{} did not become a link", other,
                                       cluster->instance(other).host().address,
                                       cluster->instance(other).host().peer_port));
  }
  EXPECT_EQ(cluster->instance(odd_).lines_with("is TLS off on one side only?") +
                cluster->instance(odd_).lines_with("the peer uses TLS, which is off here"),
            2);
  for (const int other : others()) {
    EXPECT_FALSE(cluster->is_linked(other, odd_));
  }
  expect_corrected_by_restart();
}

TEST_F(Refusal, plain_acceptor_is_refused_by_those_that_want_tls) {
  Told odd = cluster->told();
  odd.tls = "off";
  odd_ = 1;
  start_with_odd(odd);
  for (const int other : others()) await_line(other, kTlsMissing);
  expect_rest_goes_on();
  for (const int other : others()) {
    expect_said_once(other, fmt::format("instance 1 at {}:{} did not become a link",
                                        cluster->instance(1).host().address,
                                        cluster->instance(1).host().peer_port));
  }
  expect_said_once(1, "the peer uses TLS, which is off here");
  expect_corrected_by_restart();
}

}  // namespace
}  // namespace frontrow::cluster
