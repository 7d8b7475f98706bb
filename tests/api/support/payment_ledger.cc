#include "tests/api/support/payment_ledger.h"

#include <fmt/format.h>

namespace frontrow::api {

void PaymentLedger::paid(const std::string& user, const Json& payment) {
  const std::lock_guard lock(mutex_);
  payments_[payment["paymentId"].integer()] = {user, payment["amount"].integer(),
                                               payment["seats"].integers()};
}

void PaymentLedger::expect_agree(Shop& shop, std::int64_t concert) const {
  std::set<std::int64_t> sold;
  std::int64_t revenue = 0;
  for (const auto& [id, payment] : payments_) {
    for (const std::int64_t seat : payment.seats)
      EXPECT_TRUE(sold.insert(seat).second) << "seat " << seat << " twice";
    revenue += payment.amount;
    const Response list =
        shop.admin("GET", fmt::format("/v1/users/{}/payments?limit=100", payment.user));
    int found = 0;
    for (std::size_t i = 0; i < list.json()["payments"].size(); ++i) {
      const Json item = list.json()["payments"][i];
      if (item["paymentId"].integer() != id) continue;
      ++found;
      EXPECT_EQ(item["amount"].integer(), payment.amount);
    }
    EXPECT_EQ(found, 1) << "payment " << id << " was acknowledged";
  }
  EXPECT_GE(shop.concert(concert)["revenue"].integer(), revenue);
}

void expect_books_balance(Shop& shop, std::int64_t concert,
                          const std::map<std::string, std::int64_t>& charged) {
  std::int64_t revenue = 0;
  std::set<std::string> sold;
  for (const auto& [user, charges] : charged) {
    std::int64_t spent = 0;
    const Json list =
        shop.admin("GET", fmt::format("/v1/users/{}/payments?limit=100", user)).json()["payments"];
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i]["state"].text() != "completed") continue;
      spent += list[i]["amount"].integer();
      for (const std::int64_t seat : list[i]["seats"].integers()) {
        EXPECT_TRUE(sold.insert(list[i]["date"].text() + "/" + std::to_string(seat)).second)
            << "seat " << seat;
      }
    }
    EXPECT_EQ(shop.balance(user), charges - spent) << user;
    revenue += spent;
  }
  EXPECT_EQ(shop.concert(concert)["revenue"].integer(), revenue);
  const Json dates = shop.concert(concert)["dates"];
  std::int64_t seats_sold = 0;
  for (std::size_t i = 0; i < dates.size(); ++i) seats_sold += dates[i]["sold"].integer();
  EXPECT_EQ(seats_sold, static_cast<std::int64_t>(sold.size()));
}

}  // namespace frontrow::api
