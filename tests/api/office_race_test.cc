// Acts of the box office at the same moment as those of fans, and as themselves: one of them is
// done, the others are told why not.
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr int kCounters = 16;

// The parameter is the number of threads, as in race_test.cc.
class OfficeRace : public testing::TestWithParam<const char*> {
 protected:
  OfficeRace() : server_({"--threads", GetParam()}), shop_(server_) {}

  // Each on a connection of its own, at once; returns how often each outcome came: the problem's
  // slug, or the status of a success.
  std::map<std::string, int> at_once(int count, const std::function<Response(Shop&, int)>& act) {
    std::mutex mutex;
    std::map<std::string, int> outcomes;
    in_parallel(count, [&](int i) {
      Shop shop(server_);
      const Response response = act(shop, i);
      const std::lock_guard lock(mutex);
      ++outcomes[response.status < 300 ? std::to_string(response.status) : response.slug()];
    });
    return outcomes;
  }

  ServerProcess server_;
  Shop shop_;
};

INSTANTIATE_TEST_SUITE_P(Threads, OfficeRace, testing::Values("1", "4"),
                         [](const auto& param) { return std::string("on_") + param.param; });

using Outcomes = std::map<std::string, int>;

TEST_P(OfficeRace, access_code_of_one_use_admits_one) {
  const std::int64_t c = shop_.create_concert(R"("opensAt":"2046-05-01T10:00:00Z")");
  const Response made = shop_.admin("POST", fmt::format("/v1/admin/concerts/{}/access-codes", c),
                                    R"({"count":1,"uses":1,"opensAt":"2026-01-01T00:00:00Z"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string code = made.json()["codes"][0].text();
  ASSERT_TRUE(await([&] { return shop_.concert(c)["phase"].text() == "open"; }));
  const Outcomes outcomes = at_once(kCounters, [&](Shop& shop, int) {
    return shop.http.request(
        "POST", Shop::path(c, "/queue/tokens"), {},
        fmt::format(R"({{"userId":"{}","accessCode":"{}"}})", new_user(), code));
  });
  EXPECT_EQ(outcomes, (Outcomes{{"201", 1}, {"access-code-used", kCounters - 1}}));
  EXPECT_EQ(shop_.concert(c)["joined"].integer(), 1);
}

TEST_P(OfficeRace, seat_is_held_by_a_fan_or_sold_at_one_counter) {
  for (int round = 0; round < 5; ++round) {
    const std::int64_t c = shop_.create_concert();
    std::vector<Fan> fans;
    for (int i = 0; i < kCounters; ++i) fans.push_back(shop_.enter(c));
    const Outcomes outcomes = at_once(2 * kCounters, [&](Shop& shop, int i) {
      if (i % 2 == 0) return shop.post_hold(c, fans[i / 2], {7});
      return shop.admin("POST", fmt::format("/v1/admin/concerts/{}/sales", c),
                        R"({"date":"2047-05-01","seats":[7],"note":"counter"})");
    });
    EXPECT_EQ(outcomes, (Outcomes{{"201", 1}, {"seat-unavailable", 2 * kCounters - 1}}));
    const Json date = shop_.concert(c)["dates"][0];
    EXPECT_EQ(date["free"].integer(), 49);
    EXPECT_EQ(date["held"].integer() + date["sold"].integer(), 1);
  }
}

TEST_P(OfficeRace, date_is_cancelled_once) {
  const std::int64_t c = shop_.create_concert();
  const Fan fan = shop_.enter(c);
  shop_.charge(fan, 1000);
  shop_.pay(c, fan, shop_.hold(c, fan, {1}));
  const std::string path = fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/cancellation", c);
  const Outcomes outcomes =
      at_once(kCounters, [&](Shop& shop, int) { return shop.admin("POST", path); });
  const int begun = (outcomes.contains("202") ? outcomes.at("202") : 0) +
                    (outcomes.contains("200") ? outcomes.at("200") : 0);
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(outcomes.contains("already-cancelled") ? outcomes.at("already-cancelled") : 0,
            kCounters - 1);
  ASSERT_TRUE(await([&] { return shop_.admin("GET", path).json()["state"].text() == "done"; }));
  EXPECT_EQ(shop_.balance(fan.user), 1000);
}

TEST_P(OfficeRace, ticket_is_checked_in_at_one_gate) {
  const std::int64_t c = shop_.create_concert();
  const Fan fan = shop_.enter(c);
  shop_.charge(fan, 1000);
  const std::int64_t payment = shop_.pay(c, fan, shop_.hold(c, fan, {3}));
  const std::string gate = fmt::format("/v1/admin/concerts/{}/tickets/{}-3/check-in", c, payment);
  const Outcomes outcomes =
      at_once(kCounters, [&](Shop& shop, int) { return shop.admin("POST", gate); });
  EXPECT_EQ(outcomes, (Outcomes{{"200", 1}, {"ticket-used", kCounters - 1}}));
}

// Every seat goes back once, whichever of the requests that name it comes first.
TEST_P(OfficeRace, seats_of_a_payment_are_refunded_once) {
  for (int round = 0; round < 5; ++round) {
    const std::int64_t c = shop_.create_concert();
    const Fan fan = shop_.enter(c);
    shop_.charge(fan, 4000);
    const std::int64_t payment = shop_.pay(c, fan, shop_.hold(c, fan, {1, 2, 3, 4}));
    const std::string path = fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", c, payment);
    constexpr std::string_view kBodies[] = {R"({"seats":[1]})", R"({"seats":[1,2]})",
                                            R"({"seats":[3,4]})", "{}"};
    std::mutex mutex;
    std::set<std::string> made;
    std::int64_t amount = 0;
    at_once(kCounters, [&](Shop& shop, int i) {
      Response refunded;
      for (int tries = 0; tries < 200; ++tries) {
        refunded = shop.admin("POST", path, kBodies[i % 4]);
        if (refunded.slug() != "payment-in-progress") break;
      }
      if (refunded.status < 300) {
        const std::lock_guard lock(mutex);
        if (made.insert(refunded.body).second) amount += refunded.json()["amount"].integer();
      } else {
        EXPECT_EQ(refunded.slug(), "seats-refunded") << refunded.body;
      }
      return refunded;
    });
    EXPECT_EQ(amount, 4000);
    EXPECT_EQ(shop_.balance(fan.user), 4000);
    EXPECT_EQ(shop_.concert(c)["revenue"].integer(), 0);
    EXPECT_EQ(shop_.concert(c)["dates"][0]["free"].integer(), 50);
  }
}

}  // namespace
}  // namespace frontrow::api
