#include "engine/core/state/paid_prices.h"

#include <algorithm>

#include "engine/core/state/refunds.h"

namespace frontrow {

Money PaidPrices::of(const Payment& payment, SeatNumber seat) {
  if (payment_ != &payment) read(payment);
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (seats_[i] == seat) return prices_[i];
  return concert_.dates[payment.date_index]->seats.price_of(seat);
}

void PaidPrices::read(const Payment& payment) {
  const SeatMap& map = concert_.dates[payment.date_index]->seats;
  payment_ = &payment;
  prices_.clear();
  seats_ = payment.seats;
  std::int64_t sum = 0;
  for (const SeatNumber seat : seats_) sum += prices_.emplace_back(map.price_of(seat)).minor;
  if (payment.refunds.empty() && sum == payment.amount.minor) return;
  // As it was before the refund that is under way.
  Payment rest = payment;
  if (payment.state == PaymentState::kRefunding && !rest.refunds.empty()) rest.refunds.pop_back();
  rest.state = PaymentState::kCompleted;
  seats_ = seats_left(rest);
  prices_.clear();
  for (const SeatNumber seat : seats_) {
    const Money price = prices_.emplace_back(price_paid(concert_, rest, {seat}));
    rest.refunds.push_back({{seat}, price, {}, {}});
  }
}

Money price_of_seat(const Concert& concert, const ConcertDate& date, SeatNumber seat,
                    PaidPrices& paid) {
  const bool is_sold = date.seats.state(seat) == SeatState::kSold;
  const Hold* hold =
      is_sold ? concert.find_hold(make_hold_id(concert.id, date.seats.owner(seat))) : nullptr;
  const Payment* payment = hold == nullptr ? nullptr : concert.find_payment(hold->payment);
  return payment == nullptr ? date.seats.price_of(seat) : paid.of(*payment, seat);
}

}  // namespace frontrow
