#include "tests/tools/frontrow/recover/server_support.h"

#include <gtest/gtest.h>

namespace frontrow::recover {

ServedSale sell_on_a_server(const std::string& data) {
  const api::ServerProcess server({}, data);
  api::Shop shop(server);
  const std::int64_t concert = shop.create_concert();
  const api::Fan buyer = shop.enter(concert);
  shop.charge(buyer, 5000);
  shop.pay(concert, buyer, shop.hold(concert, buyer, {1, 2}));
  const api::Fan holder = shop.enter(concert);
  shop.hold(concert, holder, {3});
  return {concert, holder};
}

void expect_sale_goes_on(api::Shop& shop, const ServedSale& sale) {
  EXPECT_EQ(shop.entry(sale.concert, sale.holder)["number"].integer(), sale.holder.number);
  EXPECT_EQ(shop.state(sale.concert, sale.holder), "active");
  const api::Fan next = shop.enter(sale.concert);
  EXPECT_EQ(shop.post_hold(sale.concert, next, {3}).status, 409) << "seat 3 is held";
  shop.hold(sale.concert, next, {4});
}

}  // namespace frontrow::recover
