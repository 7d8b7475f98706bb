// A sale on the real server, before and after its data directory was made anew.
#pragma once

#include <cstdint>
#include <string>

#include "tests/api/support/shop.h"

namespace frontrow::recover {

// The sale of sell_on_a_server(): seats 1 and 2 are paid by another fan.
struct ServedSale {
  std::int64_t concert = 0;
  api::Fan holder;  // in the shop, with a hold of seat 3
};

// Runs a server over the directory, sells, and stops the server.
ServedSale sell_on_a_server(const std::string& data);

// The server has the holder's token and hold, and sells other seats.
void expect_sale_goes_on(api::Shop& shop, const ServedSale& sale);

}  // namespace frontrow::recover
