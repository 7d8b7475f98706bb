// Lists and metrics are gathered from all instances: their content while one instance is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {
namespace {

using Ids = std::set<std::int64_t>;
using Steady = std::chrono::steady_clock;

constexpr auto kDecide = std::chrono::seconds(3);  // the instances' setting (cluster.cc)

class Lists : public ClusterTest {
 protected:
  void make_concerts() {
    ASSERT_TRUE(cluster->start());
    api::Shop shop(cluster->shop(1));
    while (of_owner_.size() < kInstances && !HasFailure()) {
      const std::int64_t concert = shop.create_concert();
      of_owner_[cluster->owner_of_concert(concert)].insert(concert);
    }
  }
  Ids all_but(int gone) const {
    Ids ids;
    for (const auto& [owner, concerts] : of_owner_) {
      if (owner != gone) ids.insert(concerts.begin(), concerts.end());
    }
    return ids;
  }
  static Ids listed(const api::Response& answer) {
    Ids ids;
    const api::Json concerts = answer.json()["concerts"];
    for (std::size_t i = 0; i < concerts.size(); ++i)
      ids.insert(concerts[i]["concertId"].integer());
    return ids;
  }

  // The same request each time.
  static api::Response create_encore(api::Shop& shop) {
    return shop.admin("POST", "/v1/admin/concerts",
                      R"({"title":"An encore","dates":[{"date":"2027-06-01"}]})",
                      {{"Idempotency-Key", "the-encore"}});
  }

  std::map<int, Ids> of_owner_;
};

// Compares response and document member by member: a member on one side only is an error of the
// document.
TEST_F(Lists, of_an_instance_s_cluster_are_described_by_the_document) {
  ASSERT_TRUE(cluster->start());
  api::Shop shop(cluster->shop(1));
  const api::Json schemas =
      shop.http.request("GET", "/openapi.json").json()["components"]["schemas"];
  const api::Json told = shop.admin("GET", "/v1/admin/cluster").json();
  const auto expect_described = [](const api::Json& value, const api::Json& schema) {
    std::vector<std::string> told_names = value.names();
    std::vector<std::string> described = schema["properties"].names();
    EXPECT_THAT(told_names, testing::UnorderedElementsAreArray(described));
  };
  expect_described(told, schemas["ClusterInstance"]);
  expect_described(told["handover"], schemas["ClusterInstance"]["properties"]["handover"]);
  ASSERT_GT(told["links"].size(), 0U);
  expect_described(told["links"][0], schemas["ClusterLink"]);
}

TEST_F(Lists, leave_out_what_its_owner_can_not_tell) {
  make_concerts();
  int directories = 0;
  for (int gone = 1; gone <= kInstances && !HasFailure(); ++gone) {
    SCOPED_TRACE(gone);
    const int other = gone % kInstances + 1;
    const std::string wallet_there = cluster->user_of(gone);
    cluster->instance(gone).kill();
    ASSERT_TRUE(api::await([&] { return !cluster->is_linked(other, gone); }));
    api::Shop shop(cluster->shop(other));
    const api::Response list = shop.http.request("GET", "/v1/concerts");
    if (list.status == 503) {
      ++directories;  // it owned the list itself
      api::expect_problem(list, 503, "instance-unavailable");
      EXPECT_EQ(list.header("retry-after"), "1");
    } else {
      EXPECT_EQ(list.status, 200);
      EXPECT_EQ(listed(list), all_but(gone));
    }
    api::expect_problem(shop.admin("GET", "/v1/users/" + wallet_there + "/payments"), 503,
                        "instance-unavailable");
    const api::Response metrics = shop.http.request("GET", "/metrics");
    EXPECT_EQ(metrics.status, 200);
    EXPECT_THAT(metrics.body,
                testing::HasSubstr("frontrow_link_up{peer=\"" + std::to_string(gone) + "\"} 0"));
    cluster->launch(gone);
    ASSERT_TRUE(cluster->instance(gone).await_ready());
    ASSERT_TRUE(cluster->await_links(10'000));
    EXPECT_EQ(listed(shop.http.request("GET", "/v1/concerts")), all_but(0));
  }
  EXPECT_EQ(directories, 1);
}

// The promise of docs/API.md, at every instance: the list's owner keeps the request waiting,
// another instance forwards it.
TEST_F(Lists, creation_whose_owner_is_gone_ends_in_time_and_is_there_when_it_is_back) {
  make_concerts();
  std::int64_t next = 1;
  for (const auto& [owner, concerts] : of_owner_) next = std::max(next, *concerts.rbegin() + 1);
  const int gone = cluster->owner_of_concert(next);
  cluster->instance(gone).kill();
  std::vector<std::jthread> askers;
  std::mutex mutex;
  std::map<int, api::Response> answers;
  Steady::duration slowest{};
  for (int id = 1; id <= kInstances; ++id) {
    if (id == gone) continue;
    ASSERT_TRUE(api::await([&] { return !cluster->is_linked(id, gone); }));
    askers.emplace_back([&, id] {
      api::Shop shop(cluster->shop(id));
      const auto asked = Steady::now();
      api::Response answer = create_encore(shop);
      const auto took = Steady::now() - asked;
      const std::lock_guard lock(mutex);
      slowest = std::max(slowest, took);
      answers[id] = std::move(answer);
    });
  }
  askers.clear();
  EXPECT_GE(slowest, kDecide) << "the list's owner did not wait: it is the one that is gone";
  EXPECT_LT(slowest, kDecide + std::chrono::seconds(1));
  for (const auto& [id, answer] : answers) {
    SCOPED_TRACE(id);
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_EQ(answer.header("retry-after"), "1");
  }
  cluster->launch(gone);
  ASSERT_TRUE(cluster->instance(gone).await_ready());
  ASSERT_TRUE(cluster->await_links(10'000));
  api::Shop shop(cluster->shop(gone));
  api::Response made;
  EXPECT_TRUE(api::await([&] {
    made = create_encore(shop);
    return made.status == 201;
  })) << made.body;
  const std::int64_t id = made.json()["concertId"].integer();
  Ids ids = all_but(0);
  EXPECT_TRUE(ids.insert(id).second);
  EXPECT_EQ(listed(shop.http.request("GET", "/v1/concerts")), ids) << "made once";
}

// A sum over all instances counts each concert once.
TEST_F(Lists, metrics_of_a_concert_are_its_owners) {
  make_concerts();
  for (int id = 1; id <= kInstances; ++id) {
    const std::string metrics = api::HttpClient(cluster->place(id)).request("GET", "/metrics").body;
    for (const auto& [owner, concerts] : of_owner_) {
      for (const std::int64_t concert : concerts) {
        const std::string mark =
            "frontrow_line_waiting{concert=\"" + std::to_string(concert) + "\"}";
        EXPECT_EQ(metrics.find(mark) != metrics.npos, owner == id) << concert << " at " << id;
      }
    }
    EXPECT_NE(metrics.find("instance=\"" + std::to_string(id) + "\""), metrics.npos);
  }
}

}  // namespace
}  // namespace frontrow::cluster
