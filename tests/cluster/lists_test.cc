// Lists and metrics are gathered from all instances: their content while one instance is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "engine/core/protocol/command.h"
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

  // The names of all members, down to the first entry of each list.
  static void expect_described(const api::Json& value, const api::Json& schema,
                               const api::Json& schemas) {
    if (schema.has("$ref")) {
      const std::string name = schema["$ref"].text();
      return expect_described(value, schemas[name.substr(name.rfind('/') + 1)], schemas);
    }
    if (value.is_array()) {
      if (value.size() > 0) expect_described(value[0], schema["items"], schemas);
      return;
    }
    if (!value.is_object()) return;
    const api::Json described = schema["properties"];
    ASSERT_THAT(value.names(), testing::UnorderedElementsAreArray(described.names()));
    for (const std::string& name : value.names())
      expect_described(value[name], described[name], schemas);
  }

  // The same request each time.
  static api::Response create_encore(api::Shop& shop) {
    return shop.admin("POST", "/v1/admin/concerts",
                      R"({"title":"An encore","dates":[{"date":"2047-06-01"}]})",
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
  expect_described(told, schemas["ClusterInstance"], schemas);
}

TEST_F(Lists, leave_out_what_its_owner_can_not_tell_until_it_is_taken_over) {
  make_concerts();
  const int gone = 2;
  const int other = 3;
  const bool had_list = cluster->owner_of(slot_of_directory()) == gone;
  cluster->instance(gone).kill();
  ASSERT_TRUE(api::await([&] { return !cluster->is_linked(other, gone); }));
  api::Shop shop(cluster->shop(other));
  const api::Response list = shop.http.request("GET", "/v1/concerts");
  if (had_list) {
    api::expect_problem(list, 503, "instance-unavailable");
    EXPECT_EQ(list.header("retry-after"), "1");
  } else {
    EXPECT_EQ(list.status, 200);
    EXPECT_EQ(listed(list), all_but(gone));
  }
  const api::Response metrics = shop.http.request("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.body,
              testing::HasSubstr("frontrow_link_up{peer=\"" + cluster->name_of(gone) + "\"} 0"));
  EXPECT_TRUE(api::await(
      [&] {
        const api::Response again = shop.http.request("GET", "/v1/concerts");
        return again.status == 200 && listed(again) == all_but(0);
      },
      15'000));
  cluster->launch(gone);
  ASSERT_TRUE(cluster->instance(gone).await_ready());
  ASSERT_TRUE(cluster->await_settled());
  for (int id = 1; id <= kInstances; ++id)
    EXPECT_EQ(listed(cluster->shop(id).http.request("GET", "/v1/concerts")), all_but(0));
}

// At each other instance, with the same key.
TEST_F(Lists, creation_whose_owner_is_gone_is_refused_in_time_and_takes_place_once) {
  make_concerts();
  std::int64_t next = 1;
  for (const auto& [owner, concerts] : of_owner_) next = std::max(next, *concerts.rbegin() + 1);
  const int gone = cluster->owner_of_concert(next);
  cluster->instance(gone).kill();
  std::vector<std::jthread> askers;
  std::mutex mutex;
  std::map<int, api::Response> answers;
  Steady::duration slowest{};
  for (const int id : cluster->living()) {
    askers.emplace_back([&, id] {
      api::Shop shop(cluster->shop(id));
      api::Response answer;
      Steady::duration most{};
      EXPECT_TRUE(api::await(
          [&] {
            const auto asked = Steady::now();
            answer = create_encore(shop);
            most = std::max(most, Steady::now() - asked);
            if (answer.status == 201) return true;
            EXPECT_EQ(answer.status, 503) << answer.body;
            EXPECT_EQ(answer.header("retry-after"), "1");
            return false;
          },
          20'000))
          << answer.body;
      const std::lock_guard lock(mutex);
      slowest = std::max(slowest, most);
      answers[id] = std::move(answer);
    });
  }
  askers.clear();
  EXPECT_LT(slowest, kDecide + std::chrono::seconds(2));
  std::set<std::int64_t> made;
  for (const auto& [id, answer] : answers) made.insert(answer.json()["concertId"].integer());
  EXPECT_EQ(made.size(), 1U);
  cluster->launch(gone);
  ASSERT_TRUE(cluster->instance(gone).await_ready());
  ASSERT_TRUE(cluster->await_settled());
  Ids ids = all_but(0);
  EXPECT_TRUE(ids.insert(*made.begin()).second);
  EXPECT_EQ(listed(cluster->shop(gone).http.request("GET", "/v1/concerts")), ids) << "made once";
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
    EXPECT_NE(metrics.find("instance=\"" + cluster->name_of(id) + "\""), metrics.npos);
  }
}

}  // namespace
}  // namespace frontrow::cluster
