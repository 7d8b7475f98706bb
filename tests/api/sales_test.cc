// Sales at the box office over HTTP.
#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class SalesAtOffice : public ApiTest {
 protected:
  Response post_sale(std::int64_t c, std::string_view members, Headers headers = {}) {
    return shop.admin("POST", fmt::format("/v1/admin/concerts/{}/sales", c),
                      fmt::format(R"({{"date":"2047-05-01","note":"counter 2",{}}})", members),
                      std::move(headers));
  }
  Json sell(std::int64_t c, std::string_view members) {
    const Response response = post_sale(c, members);
    EXPECT_EQ(response.status, 201) << response.body;
    return response.json();
  }
  Json read(std::string_view path) {
    const Response response = shop.admin("GET", path);
    EXPECT_EQ(response.status, 200) << path << response.body;
    return response.json();
  }
  Response refund(std::int64_t c, std::int64_t payment) {
    return shop.admin("POST", fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", c, payment));
  }
};

constexpr std::string_view kSale =
    "paymentId:i holdId:i concertId:i date:d seats:a amount:i currency:s paidBy:s state:s paidAt:t "
    "tickets:a";

TEST_F(SalesAtOffice, sale_to_nobody_by_name_has_its_tickets_and_no_location) {
  const std::int64_t c = shop.create_concert();
  const Response response = post_sale(c, R"("seats":[8,7])");
  ASSERT_EQ(response.status, 201) << response.body;
  EXPECT_EQ(response.header("Location"), "");
  const Json sale = response.json();
  sale.expect_shape(kSale);
  EXPECT_EQ(sale["paidBy"].text(), "box-office");
  EXPECT_EQ(sale["seats"].integers(), (std::vector<std::int64_t>{7, 8}));
  EXPECT_EQ(sale["amount"].integer(), 2000);
  ASSERT_EQ(sale["tickets"].size(), 2U);
  const std::string gate =
      fmt::format("/v1/admin/concerts/{}/tickets/{}", c, sale["tickets"][0]["ticketId"].text());
  EXPECT_TRUE(read(gate)["userId"].is_null());
  EXPECT_EQ(shop.admin("POST", gate + "/check-in").status, 200);
  expect_problem(shop.admin("POST", gate + "/check-in"), 409, "ticket-used");
  EXPECT_EQ(shop.concert(c)["revenue"].integer(), 2000);
  const Json record = read(fmt::format("/v1/admin/concerts/{}/payments", c))["payments"][0];
  EXPECT_EQ(record["paidBy"].text(), "box-office");
  EXPECT_TRUE(record["userId"].is_null());
  EXPECT_TRUE(record["number"].is_null());
  const Json seat = read(fmt::format("/v1/admin/concerts/{}/seats/2047-05-01/7", c));
  EXPECT_EQ(seat["state"].text(), "sold");
  EXPECT_TRUE(seat["hold"]["number"].is_null());
  EXPECT_EQ(seat["acts"][0]["action"].text(), "sell-seats");
}

TEST_F(SalesAtOffice, buyer_lists_payment_and_tickets) {
  const std::int64_t c = shop.create_concert();
  const std::string user = new_user();
  const Response response =
      post_sale(c, fmt::format(R"("seats":[1],"price":250,"userId":"{}")", user));
  ASSERT_EQ(response.status, 201) << response.body;
  const std::int64_t payment = response.json()["paymentId"].integer();
  EXPECT_EQ(response.header("Location"), fmt::format("/v1/concerts/{}/payments/{}", c, payment));
  const std::string of_user = fmt::format("/v1/users/{}", user);
  ASSERT_TRUE(await([&] { return read(of_user + "/payments")["payments"].size() == 1; }));
  const Json listed = read(of_user + "/payments")["payments"][0];
  EXPECT_EQ(listed["paymentId"].integer(), payment);
  EXPECT_EQ(listed["paidBy"].text(), "box-office");
  EXPECT_EQ(listed["amount"].integer(), 250);
  EXPECT_FALSE(listed.has("balance"));
  EXPECT_EQ(read(of_user + "/tickets")["tickets"][0]["paymentId"].integer(), payment);
  EXPECT_EQ(shop.balance(user), 0);
  const Fan fan = shop.enter(c, user);
  const Response own = shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment)));
  EXPECT_EQ(own.status, 200) << own.body;
  EXPECT_EQ(own.json()["tickets"].size(), 1U);
  const Response refunded = refund(c, payment);
  ASSERT_EQ(refunded.status, 201) << refunded.body;
  EXPECT_EQ(refunded.json()["paidBy"].text(), "box-office");
  EXPECT_FALSE(refunded.json().has("balance"));
  EXPECT_EQ(refund(c, payment).status, 200);
  EXPECT_EQ(read(of_user + "/payments")["payments"][0]["state"].text(), "refunded");
  EXPECT_EQ(read(of_user + "/tickets")["tickets"].size(), 0U);
}

// Pages hold payments of wallets and of the box office together.
TEST_F(SalesAtOffice, list_of_the_buyer_is_paged) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 5000);
  const std::string members = fmt::format(R"("userId":"{}","seats":)", fan.user);
  std::vector<std::int64_t> sold{sell(c, members + "[1]")["paymentId"].integer()};
  const std::string list = fmt::format("/v1/users/{}/payments", fan.user);
  ASSERT_TRUE(await([&] { return read(list)["payments"].size() == 1; }));
  sold.push_back(shop.pay(c, fan, shop.hold(c, fan, {2})));
  ASSERT_TRUE(await([&] { return read(list)["payments"].size() == 2; }));
  sold.push_back(sell(c, members + "[3]")["paymentId"].integer());
  ASSERT_TRUE(await([&] { return read(list)["payments"].size() == 3; }));
  std::string next;
  for (std::size_t i = sold.size(); i > 0; --i) {
    const Json page = read(list + "?limit=1" + next);
    ASSERT_EQ(page["payments"].size(), 1U);
    EXPECT_EQ(page["payments"][0]["paymentId"].integer(), sold[i - 1]);
    if (i > 1) next = fmt::format("&before={}", page["nextBefore"].integer());
  }
}

TEST_F(SalesAtOffice, blocked_seats_are_sold_and_taken_ones_are_named) {
  const std::int64_t c = shop.create_concert();
  EXPECT_EQ(
      shop.admin("PUT", fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/seats/5/block", c))
          .status,
      204);
  sell(c, R"("seats":[5],"price":0)");
  const Fan fan = shop.enter(c);
  shop.hold(c, fan, {6});
  const Response no = post_sale(c, R"("seats":[4,5,6])");
  expect_problem(no, 409, "seat-unavailable");
  EXPECT_EQ(no.json()["unavailableSeats"].integers(), (std::vector<std::int64_t>{5, 6}));
  const Json date = shop.concert(c)["dates"][0];
  EXPECT_EQ(date["sold"].integer(), 1);
  EXPECT_EQ(date["blocked"].integer(), 0);
  EXPECT_EQ(shop.concert(c)["revenue"].integer(), 0);
}

TEST_F(SalesAtOffice, phase_and_closing_do_not_stop_it_but_a_cancellation_does) {
  const std::int64_t c = shop.create_concert(R"("opensAt":"2046-01-01T00:00:00Z")");
  sell(c, R"("seats":[1])");
  shop.change(c, R"({"phase":"closed"})");
  sell(c, R"("seats":[2])");
  EXPECT_EQ(shop.admin("POST", fmt::format("/v1/admin/concerts/{}/cancellation", c)).status, 202);
  expect_problem(post_sale(c, R"("seats":[3])"), 409, "date-cancelled");
  ASSERT_TRUE(await([&] {
    return read(fmt::format("/v1/admin/concerts/{}/cancellation", c))["state"].text() == "done";
  }));
  EXPECT_EQ(shop.concert(c)["revenue"].integer(), 0);
}

TEST_F(SalesAtOffice, same_key_sells_once) {
  const std::int64_t c = shop.create_concert();
  const Headers key{{"Idempotency-Key", "till-2-17"}};
  const Response first = post_sale(c, R"("seats":[1])", key);
  ASSERT_EQ(first.status, 201) << first.body;
  const Response again = post_sale(c, R"("seats":[1])", key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(again.json()["paymentId"].integer(), first.json()["paymentId"].integer());
  EXPECT_EQ(again.json()["tickets"].size(), 1U);
  expect_problem(post_sale(c, R"("seats":[2])", key), 422, "idempotency-key-reused");
}

TEST_F(SalesAtOffice, requests_that_make_no_sense_are_refused) {
  const std::int64_t c = shop.create_concert();
  const std::string path = fmt::format("/v1/admin/concerts/{}/sales", c);
  for (const char* body :
       {R"({"date":"2047-05-01","seats":[1]})", R"({"date":"2047-05-01","seats":[],"note":"n"})",
        R"({"date":"2047-05-01","seats":[1,1],"note":"n"})",
        R"({"date":"2047-05-01","seats":[1],"note":""})",
        R"({"date":"2047-05-01","seats":[1],"note":"n","price":-1})",
        R"({"date":"2047-05-01","seats":[1],"note":"n","price":1000000001})",
        R"({"date":"2047-05-01","seats":[1],"note":"n","userId":"ann"})"})
    expect_problem(shop.admin("POST", path, body), 422, "invalid-field");
  expect_problem(shop.admin("POST", path, R"({"date":"2047-05-02","seats":[1],"note":"n"})"), 404,
                 "date-not-found");
  expect_problem(post_sale(c, R"("seats":[51])"), 404, "seat-not-found");
  expect_problem(post_sale(999'999, R"("seats":[1])"), 404, "not-found");
}

}  // namespace
}  // namespace frontrow::api
