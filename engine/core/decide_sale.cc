// Sales at the box office. A sale is a payment and its hold in one event: the money was taken at
// the counter, so that no wallet has to agree.
#include <algorithm>
#include <functional>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

// False only for a command of a faulty peer.
bool is_well_formed(const SellSeats& c) {
  return !c.seats.empty() &&
         std::ranges::adjacent_find(c.seats, std::ranges::greater_equal()) == c.seats.end();
}

bool is_price(Money price) { return price.minor >= 0 && price.minor <= kPriceMax; }

}  // namespace

Reject decide(const Ask& ask, const SellSeats& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const ConcertDate* date = concert->find_date(c.date);
  if (date == nullptr) return Reject::kDateNotFound;
  const SeatMap& map = date->seats;
  for (const SeatNumber seat : c.seats) {
    if (!map.contains(seat)) detail.seats.push_back(seat);
  }
  if (!detail.seats.empty() || !is_well_formed(c)) return Reject::kSeatNotFound;
  if (date->is_cancelled()) return Reject::kDateCancelled;
  detail.amount = Money{kPriceMax};
  if (c.price && !is_price(*c.price)) return Reject::kInvalidAmount;

  std::vector<HoldId> stale;
  Money amount;
  for (const SeatNumber seat : c.seats) {
    amount.minor += c.price.value_or(map.price_of(seat)).minor;
    if (map.owner(seat) == 0) continue;
    if (const Hold* hold = stale_hold_of(*concert, *date, seat, ask.now)) {
      stale.push_back(hold->id);
    } else {
      detail.seats.push_back(seat);
    }
  }
  if (!detail.seats.empty()) return Reject::kSeatHeldOrSold;
  if (concert->last_hold >= ask.policy.drawn_max || concert->last_payment >= ask.policy.drawn_max)
    return Reject::kNumbersExhausted;
  expire_holds(*concert, stale, out);
  out.push_back(SeatsSoldAtOffice{concert->id,
                                  make_payment_id(concert->id, concert->last_payment + 1),
                                  make_hold_id(concert->id, concert->last_hold + 1),
                                  index_of(*concert, *date), c.seats, c.user, amount});
  return Reject::kNone;
}

void answer(const Ask& ask, const SellSeats& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  reply.created = true;
  reply.body = payment_view(
      concert, *concert.find_payment(make_payment_id(c.concert, concert.last_payment)));
}

}  // namespace frontrow
