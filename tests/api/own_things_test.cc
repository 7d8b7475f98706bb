// A fan's own resources over HTTP: readable with any token that is not revoked, in their present
// state; and the effect of a released hold on the next one.

#include <fmt/format.h>

#include <chrono>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class OwnThings : public ApiTest {
 protected:
  void expect_readable(std::int64_t c, const Fan& fan, std::int64_t payment, std::int64_t balance) {
    SCOPED_TRACE(shop.state(c, fan));
    const Response read = shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment)));
    EXPECT_EQ(read.status, 200) << read.body;
    const Response list = shop.fan(fan, "GET", fmt::format("/v1/users/{}/payments", fan.user));
    ASSERT_EQ(list.status, 200) << list.body;
    ASSERT_EQ(list.json()["payments"].size(), 1U);
    EXPECT_EQ(list.json()["payments"][0]["paymentId"].integer(), payment);
    const Response wallet = shop.fan(fan, "GET", fmt::format("/v1/users/{}/balance", fan.user));
    ASSERT_EQ(wallet.status, 200) << wallet.body;
    EXPECT_EQ(wallet.json()["balance"].integer(), balance);
  }
  std::string expiry_of(const Response& hold) {
    EXPECT_EQ(hold.status, 201) << hold.body;
    return hold.json()["expiresAt"].text();
  }
};

TEST_F(OwnThings, are_read_by_the_waiting_the_gone_and_after_the_sale) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan paid = shop.enter(c);
  shop.charge(paid, 3000);
  const std::int64_t payment = shop.pay(c, paid, shop.hold(c, paid, {1}));
  expect_readable(c, paid, payment, 2000);
  shop.enter(c);
  const Fan again = shop.join(c, paid.user);
  ASSERT_EQ(shop.state(c, again), "waiting");
  expect_readable(c, again, payment, 2000);
  EXPECT_EQ(shop.post_charge(again, 1).slug(), "not-admitted");
  ASSERT_EQ(shop.fan(again, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  expect_readable(c, again, payment, 2000);
  EXPECT_EQ(shop.post_charge(again, 1).slug(), "token-expired");
  shop.change(c, R"({"phase":"closed"})");
  expect_readable(c, again, payment, 2000);
  expect_readable(c, paid, payment, 2000);
}

TEST_F(OwnThings, are_read_after_tokens_were_revoked_and_the_sale_is_closed) {
  const std::int64_t c = shop.create_concert();
  const Fan paid = shop.enter(c);
  shop.charge(paid, 3000);
  const std::int64_t payment = shop.pay(c, paid, shop.hold(c, paid, {1}));
  shop.change(c, R"({"phase":"closed","revokeTokens":true})");
  EXPECT_EQ(shop.fan(paid, "GET", fmt::format("/v1/users/{}/payments", paid.user)).slug(),
            "invalid-token");
  const Response joined = shop.post_join(c, paid.user);
  ASSERT_EQ(joined.status, 200) << joined.body;
  EXPECT_EQ(joined.json()["state"].text(), "completed");
  EXPECT_EQ(joined.json()["phase"].text(), "closed");
  const Fan now{paid.user, joined.json()["token"].text(), joined.json()["number"].integer()};
  expect_readable(c, now, payment, 2000);
  EXPECT_EQ(shop.post_join(c, new_user()).slug(), "sale-closed");
}

TEST_F(OwnThings, hold_of_a_refunded_payment_reads_refunded_and_is_gone) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 1000);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const std::int64_t payment = shop.pay(c, fan, hold);
  const std::string path = Shop::path(c, fmt::format("/holds/{}", hold));
  EXPECT_EQ(shop.fan(fan, "GET", path).json()["state"].text(), "paid");
  ASSERT_EQ(shop.refund(c, payment).status, 201);
  const Fan other = shop.enter(c);
  shop.hold(c, other, {1});
  const Response read = shop.fan(fan, "GET", path);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.json()["state"].text(), "refunded");
  for (const Response& gone : {shop.fan(fan, "DELETE", path), shop.post_payment(c, fan, hold)}) {
    expect_problem(gone, 410, "hold-refunded");
    EXPECT_EQ(gone.json()["paymentId"].integer(), payment);
  }
  const Response list = shop.fan(fan, "GET", fmt::format("/v1/users/{}/payments", fan.user));
  EXPECT_EQ(list.json()["payments"][0]["state"].text(), "refunded");
  EXPECT_EQ(shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment)))
                .json()["state"]
                .text(),
            "refunded");
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 1);
}

TEST_F(OwnThings, releasing_and_holding_again_moves_no_deadline) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const Response first = shop.post_hold(c, fan, {1});
  const std::string deadline = expiry_of(first);
  const std::string path =
      Shop::path(c, fmt::format("/holds/{}", first.json()["holdId"].integer()));
  await([&] { return false; }, 20);
  ASSERT_EQ(shop.fan(fan, "DELETE", path).status, 204);
  const Response at_once = shop.post_hold(c, fan, {1});
  expect_problem(at_once, 409, "seat-unavailable");
  EXPECT_EQ(at_once.json()["unavailableSeats"][0].integer(), 1);
  EXPECT_EQ(expiry_of(shop.post_hold(c, fan, {2})), deadline);
  ASSERT_EQ(shop.fan(fan, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  const Fan again = shop.enter(c, fan.user);
  EXPECT_EQ(expiry_of(shop.post_hold(c, again, {3})), deadline);
  const Fan other = shop.enter(c);
  EXPECT_GT(expiry_of(shop.post_hold(c, other, {1})), deadline) << "others have their whole time";
}

}  // namespace
}  // namespace frontrow::api
