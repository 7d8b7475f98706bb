// Instances that must not serve together: a start that is refused says in one line why and what to
// do; a link that is refused is logged once on both sides, and the others go on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {
namespace {

constexpr const char* kTlsMissing = "TLS could not be agreed on (is it off on one side only?)";
constexpr int kOdd = 3;
constexpr int kRefusedEndMsMax = 20'000;

class Refusal : public ClusterTest {
 protected:
  void await_line(int id, const std::string& text) {
    EXPECT_TRUE(api::await([&] { return cluster->instance(id).lines_with(text) > 0; }, 20'000))
        << "no \"" << text << "\" of instance " << id;
  }

  void restart_odd(const Told& told) {
    Instance& instance = cluster->instance(kOdd);
    instance.ask_to_stop();
    EXPECT_EQ(instance.wait(30'000), 0) << instance.log();
    cluster->tell(kOdd, told);
    cluster->launch(kOdd);
    ASSERT_TRUE(instance.await_ready());
  }

  void expect_others_sell() {
    api::Shop shop(cluster->shop(1));
    std::int64_t concert = 0;
    while (!HasFailure() && cluster->owner_of_concert(concert = shop.create_concert()) == kOdd) {
    }
    const api::Fan fan = shop.enter(concert, cluster->user_of(2));
    shop.charge(fan, 1000);
    shop.pay(concert, fan, shop.hold(concert, fan, {1}));
  }

  void expect_corrected_by_restart(const Told& told) {
    restart_odd(told);
    EXPECT_TRUE(cluster->await_settled());
    for (int id = 1; id <= kInstances; ++id)
      EXPECT_GT(cluster->instance(id).lines_with("is up (TLS 1.3)"), 0);
  }
};

TEST_F(Refusal, other_secret_is_refused_by_both_sides) {
  ASSERT_TRUE(cluster->start());
  const Told right = cluster->told(kOdd);
  Told odd = right;
  odd.secret = Cluster::new_secret();
  ASSERT_NO_FATAL_FAILURE(restart_odd(odd));
  for (const int other : {1, 2}) {
    EXPECT_TRUE(api::await([&] {
      return cluster->instance(other).lines_with("it does not prove the cluster's secret") +
                 cluster->instance(other).lines_with("you do not prove the cluster's secret") ==
             1;
    })) << cluster->instance(other).log();
    EXPECT_FALSE(cluster->is_linked(other, kOdd));
  }
  expect_others_sell();
  for (int id = 1; id <= kInstances; ++id) {
    EXPECT_EQ(cluster->instance(id).lines_with(odd.secret), 0);
    EXPECT_EQ(cluster->instance(id).lines_with(right.secret), 0);
  }
  expect_corrected_by_restart(right);
}

using ThoroughRefusal = Refusal;

TEST_F(ThoroughRefusal, plain_links_are_refused_by_those_that_want_tls) {
  ASSERT_TRUE(cluster->start());
  const Told right = cluster->told(kOdd);
  Told odd = right;
  odd.tls = false;
  ASSERT_NO_FATAL_FAILURE(restart_odd(odd));
  for (const int other : {1, 2}) {
    await_line(other, kTlsMissing);
    EXPECT_FALSE(cluster->is_linked(other, kOdd));
    EXPECT_FALSE(cluster->is_linked(kOdd, other));
  }
  expect_others_sell();
  for (int id = 1; id <= kInstances; ++id)
    EXPECT_EQ(cluster->instance(id).lines_with("is up (plain)"), 0);
  expect_corrected_by_restart(right);
}

class RefusedStart : public LocalClusterTest {
 protected:
  // The instance ends by itself, and says why.
  void expect_end(int id, const std::string& text) {
    EXPECT_EQ(cluster->instance(id).wait(kRefusedEndMsMax), 1);
    EXPECT_EQ(cluster->instance(id).lines_with(text), 1) << '"' << text << "\" in:\n"
                                                         << cluster->instance(id).log();
  }

  void stop(int id) {
    cluster->instance(id).ask_to_stop();
    EXPECT_EQ(cluster->instance(id).wait(30'000), 0) << cluster->instance(id).log();
  }
};

TEST_F(RefusedStart, of_a_cluster_that_does_not_exist) {
  ASSERT_TRUE(cluster->begin_etcd());
  Told odd = cluster->told(2);
  odd.cluster = "side-stage";
  cluster->tell(2, odd);
  cluster->launch(2);
  expect_end(2, "/frontrow/side-stage/id: the cluster does not exist");
}

TEST_F(RefusedStart, with_the_directory_of_another_cluster_of_the_same_name) {
  ASSERT_TRUE(cluster->start({1, 2}));
  cluster->stop();
  cluster->erase_keys();
  ASSERT_TRUE(cluster->create());
  cluster->launch(1);
  expect_end(1, "it is another cluster of the same name");
}

TEST_F(RefusedStart, with_the_directory_of_another_instance_or_cluster) {
  ASSERT_TRUE(cluster->start({1, 2}));
  stop(2);
  const Told right = cluster->told(2);
  Told odd = right;
  odd.name = "box-4";
  cluster->tell(2, odd);
  cluster->launch(2);
  expect_end(2,
             "is the directory of instance box-2 of the cluster box-office, not of box-4 of "
             "box-office");
  odd = right;
  odd.cluster = "side-stage";
  cluster->tell(2, odd);
  cluster->launch(2);
  expect_end(2,
             "is the directory of instance box-2 of the cluster box-office, not of box-2 of "
             "side-stage");
  cluster->launch_alone(2);
  expect_end(2, "start it with --cluster box-office --etcd ... --instance box-2");
  cluster->tell(2, right);
  cluster->launch(2);
  EXPECT_TRUE(cluster->instance(2).await_ready());
  EXPECT_TRUE(cluster->await_settled());
}

TEST_F(RefusedStart, with_the_directory_of_a_single_instance) {
  ASSERT_TRUE(cluster->begin_etcd());
  cluster->launch_alone(1);
  ASSERT_TRUE(cluster->instance(1).await_ready());
  stop(1);
  cluster->launch(1);
  expect_end(1, "is the directory of a single instance or of a static cluster; to make it one of");
  cluster->launch_alone(1);
  EXPECT_TRUE(cluster->instance(1).await_ready());
}

// It waits for the name, and does nothing before it has it.
TEST_F(RefusedStart, under_a_name_that_is_in_use) {
  ASSERT_TRUE(cluster->start({1, 2}));
  const auto before = cluster->member(1);
  ASSERT_TRUE(before);
  Told twin = cluster->told(1);
  twin.name = "box-1";
  cluster->tell(3, twin);
  cluster->launch(3);
  EXPECT_TRUE(api::await(
      [&] { return cluster->instance(3).lines_with("joining the cluster: the name box-1") == 1; },
      10'000));
  std::this_thread::sleep_for(std::chrono::seconds(5));  // twice as long as a dead one would take
  EXPECT_TRUE(cluster->instance(3).running());
  EXPECT_NE(api::HttpClient(cluster->place(3, 200, 500)).request("GET", "/readyz").status, 200);
  EXPECT_EQ(cluster->member(1)->process, before->process);
  cluster->instance(3).ask_to_stop();
  EXPECT_NE(cluster->instance(3).wait(10'000), -1);
  api::Shop shop(cluster->shop(1));
  shop.join(shop.create_concert());
  EXPECT_EQ(cluster->instance(1).lines_with("no member of the cluster"), 0);
}

}  // namespace
}  // namespace frontrow::cluster
