// The price that was paid for a single seat. Prices change while a sale runs, the box office has
// its own, and a payment keeps one amount only. So the price of a seat is what its refund would
// return, if the seats of the payment went back one after another (price_paid in refunds.h): all
// together are the amount less the refunds. Seats whose refund is under way still have their price.
//
// One thread.
#pragma once

#include <vector>

#include "engine/core/state/concert.h"

namespace frontrow {

// Keeps the prices of the payment that was asked for last, as neighbours often have the same.
class PaidPrices {
 public:
  // The concert must outlive it, and may not change.
  explicit PaidPrices(const Concert& concert) : concert_(concert) {}
  // For a seat that the payment does not have any more, the price of now.
  Money of(const Payment& payment, SeatNumber seat);

 private:
  void read(const Payment& payment);

  const Concert& concert_;
  const Payment* payment_ = nullptr;  // whose seats and prices these are
  SeatList seats_;
  std::vector<Money> prices_;
};

// The price that was paid for a sold seat; for any other seat, and one that no payment has, the
// price of now.
Money price_of_seat(const Concert& concert, const ConcertDate& date, SeatNumber seat,
                    PaidPrices& paid);

}  // namespace frontrow
