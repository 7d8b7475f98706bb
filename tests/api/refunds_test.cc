// Refunds of some seats of a payment over HTTP.
#include <fmt/format.h>

#include <thread>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using Seats = std::vector<std::int64_t>;

class SeatRefunds : public ApiTest {
 protected:
  // A fan with a payment of these seats, at 1000 each, and 500 left in the wallet.
  Fan buy(const std::vector<int>& seats) {
    Fan fan = shop.enter(concert_);
    shop.charge(fan, static_cast<std::int64_t>(seats.size()) * 1000 + 500);
    payment_ = shop.pay(concert_, fan, shop.hold(concert_, fan, seats));
    return fan;
  }
  Response post(std::string_view body, Headers headers = {}) {
    return shop.admin("POST",
                      fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", concert_, payment_),
                      body, std::move(headers));
  }
  // The payment's last step may be under way: a moment later it is done.
  Response refund(std::string_view body, Headers headers = {}) {
    Response response = post(body, headers);
    for (int i = 0; i < 100 && response.slug() == "payment-in-progress"; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      response = post(body, headers);
    }
    return response;
  }
  Json read(std::string_view path) {
    const Response response = shop.admin("GET", path);
    EXPECT_EQ(response.status, 200) << path << response.body;
    return response.json();
  }
  Json payment_of(const Fan& fan) {
    const Response own =
        shop.fan(fan, "GET", Shop::path(concert_, fmt::format("/payments/{}", payment_)));
    EXPECT_EQ(own.status, 200) << own.body;
    return own.json();
  }
  std::string gate(int seat) const {
    return fmt::format("/v1/admin/concerts/{}/tickets/{}-{}", concert_, payment_, seat);
  }
  std::int64_t revenue() { return shop.concert(concert_)["revenue"].integer(); }

  std::int64_t concert_ = shop.create_concert();
  std::int64_t payment_ = 0;
};

constexpr std::string_view kRefund =
    "paymentId:i holdId:i concertId:i date:d seats:a amount:i currency:s userId:s balance:i "
    "state:s refundedAt:t";

TEST_F(SeatRefunds, one_seat_of_two_and_then_the_rest) {
  const Fan fan = buy({5, 6});
  const Response first = refund(R"({"seats":[6]})");
  ASSERT_EQ(first.status, 201) << first.body;
  const Json refunded = first.json();
  refunded.expect_shape(kRefund);
  EXPECT_EQ(refunded["seats"].integers(), Seats{6});
  EXPECT_EQ(refunded["amount"].integer(), 1000);
  EXPECT_EQ(refunded["balance"].integer(), 1500);
  EXPECT_EQ(shop.balance(fan.user), 1500);
  EXPECT_EQ(revenue(), 1000);

  const Json partly = payment_of(fan);
  EXPECT_EQ(partly["state"].text(), "completed");
  EXPECT_EQ(partly["seats"].integers(), (Seats{5, 6}));
  EXPECT_EQ(partly["amount"].integer(), 2000);
  EXPECT_EQ(partly["refundedSeats"].integers(), Seats{6});
  EXPECT_EQ(partly["refundedAmount"].integer(), 1000);
  ASSERT_EQ(partly["tickets"].size(), 1U);
  EXPECT_EQ(partly["tickets"][0]["seat"].integer(), 5);
  const Json of_user = read(fmt::format("/v1/users/{}/payments", fan.user))["payments"][0];
  EXPECT_EQ(of_user["state"].text(), "completed");
  EXPECT_EQ(of_user["refundedSeats"].integers(), Seats{6});
  EXPECT_EQ(of_user["refundedAmount"].integer(), 1000);
  const Json record = read(fmt::format("/v1/admin/concerts/{}/payments?seat=6", concert_));
  ASSERT_EQ(record["payments"].size(), 1U) << "found by a seat that it had";
  EXPECT_EQ(record["payments"][0]["refundedSeats"].integers(), Seats{6});
  EXPECT_TRUE(record["payments"][0]["refundedAt"].is_null());
  const Json act = read("/v1/admin/audit?limit=1000")["acts"];
  EXPECT_EQ(act[act.size() - 1]["action"].text(), "refund");
  EXPECT_EQ(act[act.size() - 1]["amount"].integer(), 1000);

  const Response again = refund(R"({"seats":[6]})");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);

  const Response rest = refund("");
  ASSERT_EQ(rest.status, 201) << rest.body;
  EXPECT_EQ(rest.json()["seats"].integers(), Seats{5});
  EXPECT_EQ(rest.json()["balance"].integer(), 2500);
  const Json whole = payment_of(fan);
  EXPECT_EQ(whole["state"].text(), "refunded");
  EXPECT_EQ(whole["refundedSeats"].integers(), (Seats{5, 6}));
  EXPECT_EQ(whole["refundedAmount"].integer(), 2000);
  EXPECT_EQ(refund("").body, rest.body);
  EXPECT_EQ(refund(R"({"seats":[6]})").body, first.body) << "each keeps its own";
  EXPECT_EQ(shop.balance(fan.user), 2500);
  EXPECT_EQ(revenue(), 0);
}

TEST_F(SeatRefunds, refunded_seat_is_sold_again_and_its_old_ticket_is_void) {
  const Fan fan = buy({5, 6});
  ASSERT_EQ(refund(R"({"seats":[5]})").status, 201);
  EXPECT_FALSE(read(gate(5))["valid"].boolean());
  EXPECT_TRUE(read(gate(6))["valid"].boolean());
  expect_problem(shop.admin("POST", gate(5) + "/check-in"), 409, "ticket-void");
  EXPECT_EQ(shop.admin("POST", gate(6) + "/check-in").status, 200);
  const Json tickets = read(fmt::format("/v1/users/{}/tickets", fan.user))["tickets"];
  ASSERT_EQ(tickets.size(), 1U);
  EXPECT_EQ(tickets[0]["seat"].integer(), 6);

  const std::int64_t first = payment_;
  const Fan other = buy({5});
  EXPECT_NE(payment_, first);
  EXPECT_TRUE(read(gate(5))["valid"].boolean());
  const Json seat = read(fmt::format("/v1/admin/concerts/{}/seats/2047-05-01/5", concert_));
  EXPECT_EQ(seat["payments"].size(), 2U);
  payment_ = first;
  ASSERT_EQ(refund("").status, 201);
  EXPECT_EQ(read(fmt::format("/v1/users/{}/tickets", other.user))["tickets"].size(), 1U)
      << "the rest of the first payment leaves the seat alone";
  EXPECT_EQ(shop.post_hold(concert_, shop.enter(concert_), {5}).slug(), "seat-unavailable");
}

TEST_F(SeatRefunds, seats_that_can_not_be_refunded_change_nothing) {
  const Fan fan = buy({5, 6, 7});
  const Response foreign = refund(R"({"seats":[5,9,8]})");
  expect_problem(foreign, 409, "seats-not-paid");
  EXPECT_EQ(foreign.json()["seats"].integers(), (Seats{8, 9}));
  EXPECT_EQ(shop.balance(fan.user), 500);
  ASSERT_EQ(refund(R"({"seats":[7,5]})").status, 201);
  const Response overlap = refund(R"({"seats":[6,7]})");
  expect_problem(overlap, 409, "seats-refunded");
  EXPECT_EQ(overlap.json()["seats"].integers(), Seats{7});
  expect_problem(refund(R"({"seats":[5]})"), 409, "seats-refunded");
  EXPECT_EQ(shop.balance(fan.user), 2500);
  EXPECT_EQ(revenue(), 1000);
  for (const std::string_view body :
       {R"({"seats":[]})", R"({"seats":[0]})", R"({"seats":[5,5]})", R"({"seats":[100001]})",
        R"({"seats":5})", R"({"seats":["5"]})", R"({"seats":null})", R"({"seat":[5]})",
        R"({"seats":[99999999999999999999]})", R"({"seats":[1.5]})"}) {
    const Response refused = post(body);
    EXPECT_TRUE(refused.status == 422 || refused.status == 400) << body << refused.body;
  }
  std::string many = "1";
  for (int seat = 2; seat <= 33; ++seat) many += fmt::format(",{}", seat);
  expect_problem(post(fmt::format(R"({{"seats":[{}]}})", many)), 422, "invalid-field");
  expect_problem(post(R"({"seats":[5)"), 400, "malformed-request");
}

TEST_F(SeatRefunds, key_is_for_one_request_of_the_payment) {
  const Fan fan = buy({5, 6});
  const Headers key{{"Idempotency-Key", "first"}};
  const Response first = refund(R"({"seats":[5]})", key);
  ASSERT_EQ(first.status, 201) << first.body;
  const Response again = refund(R"({"seats":[5]})", key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  expect_problem(refund(R"({"seats":[6]})", key), 422, "idempotency-key-reused");
  EXPECT_EQ(refund(R"({"seats":[5]})", {{"Idempotency-Key", "second"}}).body, first.body);
  EXPECT_EQ(shop.balance(fan.user), 1500);
}

TEST_F(SeatRefunds, sale_at_the_box_office_has_equal_shares_of_its_own_price) {
  const Response sale =
      shop.admin("POST", fmt::format("/v1/admin/concerts/{}/sales", concert_),
                 R"({"date":"2047-05-01","note":"counter","seats":[1,2,3],"price":333})");
  ASSERT_EQ(sale.status, 201) << sale.body;
  payment_ = sale.json()["paymentId"].integer();
  const Response first = refund(R"({"seats":[2]})");
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.json()["amount"].integer(), 333);
  EXPECT_EQ(first.json()["paidBy"].text(), "box-office");
  EXPECT_FALSE(first.json().has("balance"));
  EXPECT_EQ(revenue(), 666);
  EXPECT_EQ(refund("").json()["amount"].integer(), 666);
  EXPECT_EQ(revenue(), 0);
  EXPECT_EQ(shop.concert(concert_)["dates"][0]["free"].integer(), 50);
}

TEST_F(SeatRefunds, cancellation_refunds_the_seats_that_are_left) {
  const Fan fan = buy({5, 6, 7});
  ASSERT_EQ(refund(R"({"seats":[6]})").status, 201);
  const std::string path = fmt::format("/v1/admin/concerts/{}/cancellation", concert_);
  const Response cancelled = shop.admin("POST", path);
  ASSERT_TRUE(cancelled.status == 200 || cancelled.status == 202) << cancelled.body;
  ASSERT_TRUE(await([&] { return read(path)["state"].text() == "done"; }));
  EXPECT_EQ(shop.balance(fan.user), 3500);
  EXPECT_EQ(read(path)["refunded"].integer(), 1);
  const Json payment = read(fmt::format("/v1/users/{}/payments", fan.user))["payments"][0];
  EXPECT_EQ(payment["state"].text(), "refunded");
  EXPECT_EQ(payment["refundedAmount"].integer(), 3000);
  EXPECT_EQ(revenue(), 0);
}

}  // namespace
}  // namespace frontrow::api
