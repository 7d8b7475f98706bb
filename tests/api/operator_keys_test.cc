// Idempotency keys of operators over HTTP: an answer is stored with the wallet, payment or creation
// that it concerns, independent of the operator's other requests.

#include <fmt/format.h>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr int kOthers = 40;  // above the limit of stored answers of one owner

// Users whose wallets are in one slot.
std::vector<std::string> users_of_one_slot(std::size_t count) {
  std::vector<std::string> users{new_user()};
  const SlotId slot = slot_of_user(*parse_uuid(users[0]));
  while (users.size() < count) {
    std::string user = new_user();
    if (slot_of_user(*parse_uuid(user)) == slot) users.push_back(std::move(user));
  }
  return users;
}

Response charge(Shop& shop, const std::string& user, int amount, const std::string& key) {
  return shop.admin("POST", fmt::format("/v1/users/{}/balance/charges", user),
                    fmt::format(R"({{"amount":{}}})", amount), {{"Idempotency-Key", key}});
}

class OperatorKeys : public ApiTest {};

TEST_F(OperatorKeys, charge_is_replayed_after_charges_of_other_wallets_of_its_slot) {
  ServerProcess other;
  const auto users = users_of_one_slot(kOthers + 1);
  std::int64_t charge_id = 0;
  {
    Shop before(other);
    const Response first = charge(before, users[0], 100, "K");
    ASSERT_EQ(first.status, 201) << first.body;
    charge_id = first.json()["chargeId"].integer();
    for (int i = 1; i <= kOthers; ++i)
      ASSERT_EQ(charge(before, users[i], 1, fmt::format("other-{}", i)).status, 201);
    const Response again = charge(before, users[0], 100, "K");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(again.json()["chargeId"].integer(), charge_id);
  }
  other.kill();
  ASSERT_TRUE(other.start());
  Shop after(other);
  const Response again = charge(after, users[0], 100, "K");
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(again.json()["chargeId"].integer(), charge_id);
  EXPECT_EQ(after.balance(users[0]), 100);
}

TEST_F(OperatorKeys, same_key_for_two_wallets_of_one_slot_charges_each) {
  const auto users = users_of_one_slot(2);
  for (const std::string& user : users) {
    const Response charged = charge(shop, user, 5, "payroll");
    EXPECT_EQ(charged.status, 201) << charged.body;
    EXPECT_EQ(charged.header("Idempotency-Replayed"), "");
  }
  for (const std::string& user : users) {
    EXPECT_EQ(charge(shop, user, 5, "payroll").header("Idempotency-Replayed"), "true");
    EXPECT_EQ(charge(shop, user, 6, "payroll").slug(), "idempotency-key-reused");
    EXPECT_EQ(shop.balance(user), 5);
  }
}

TEST_F(OperatorKeys, creation_is_replayed_after_other_creations) {
  const auto create = [&](const std::string& key) {
    return shop.admin("POST", "/v1/admin/concerts",
                      R"({"title":"t","dates":[{"date":"2047-05-01"}]})",
                      {{"Idempotency-Key", key}});
  };
  const std::string key = new_user();
  const Response first = create(key);
  ASSERT_EQ(first.status, 201) << first.body;
  for (int i = 0; i < kOthers; ++i) ASSERT_EQ(create(new_user()).status, 201);
  const Response again = create(key);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(again.json()["concertId"].integer(), first.json()["concertId"].integer());
}

TEST_F(OperatorKeys, refund_is_replayed_after_other_refunds_and_one_key_serves_two) {
  const std::int64_t c = shop.create_concert();
  std::vector<std::int64_t> paid;
  for (int i = 1; i <= kOthers + 2; ++i) {
    const Fan fan = shop.enter(c);
    shop.charge(fan, 1000);
    paid.push_back(shop.pay(c, fan, shop.hold(c, fan, {i})));
  }
  const Headers key = {{"Idempotency-Key", "show-off"}};
  const Response one = shop.refund(c, paid[0], key);
  const Response two = shop.refund(c, paid[1], key);
  EXPECT_EQ(one.status, 201) << one.body;
  EXPECT_EQ(two.status, 201) << two.body;
  for (std::size_t i = 2; i < paid.size(); ++i)
    ASSERT_EQ(shop.refund(c, paid[i], {{"Idempotency-Key", fmt::format("r{}", i)}}).status, 201);
  for (std::size_t i = 0; i < 2; ++i) {
    const Response again = shop.refund(c, paid[i], key);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(again.json()["paymentId"].integer(), paid[i]);
  }
}

}  // namespace
}  // namespace frontrow::api
