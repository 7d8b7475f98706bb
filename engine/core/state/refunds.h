// The refunds of single seats: which seats of a payment went back, and for how much.
//
// A payment without refunds of single seats keeps no list: its state says all. Otherwise the list
// has each refund, the last one that takes the rest included. At most one refund of a payment is
// under way, the newest.
#pragma once

#include <span>

#include "engine/core/state/concert.h"

namespace frontrow {

// Those that no refund was begun for, ascending.
SeatList seats_left(const Payment& payment);
// Those of all refunds that were begun.
SeatList seats_returned(const Payment& payment);
Money money_returned(const Payment& payment);
// Those of all refunds that are done.
SeatList seats_refunded(const Payment& payment);
Money money_refunded(const Payment& payment);
// Those of the newest refund, under way or done; all seats if there is no list.
const SeatList& seats_of_refund(const Payment& payment);
Money money_of_refund(const Payment& payment);
// Of all refunds of a list.
Money money_of(std::span<const SeatRefund> refunds);
// Whether the seat was paid and no refund was begun for it.
bool owns_seat(const Payment& payment, SeatNumber seat);
// The refund of these seats and no others; nullptr if there is none.
const SeatRefund* find_refund(const Payment& payment, const SeatList& seats);
// The money of a refund of these seats, which are some of those that are left. The prices of seats
// may have changed since they were paid. So the refund is a share of the amount that is left, by
// the prices of today; while these are the old ones, it is the sum that was paid for the seats. The
// last refund gets the rest, with all remainders.
Money price_paid(const Concert& concert, const Payment& payment, const SeatList& seats);

}  // namespace frontrow
