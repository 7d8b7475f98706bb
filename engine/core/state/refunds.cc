#include "engine/core/state/refunds.h"

#include <algorithm>

namespace frontrow {
namespace {

bool has(const SeatList& seats, SeatNumber seat) {
  return std::ranges::find(seats, seat) != seats.end();
}

SeatList seats_of(std::span<const SeatRefund> refunds) {
  SeatList seats;
  for (const SeatRefund& refund : refunds)
    for (const SeatNumber seat : refund.seats) seats.push_back(seat);
  std::ranges::sort(seats);
  return seats;
}

// Without the one that is under way.
std::span<const SeatRefund> done_of(const Payment& payment) {
  std::span<const SeatRefund> refunds = payment.refunds;
  const bool is_under_way = !refunds.empty() && !refunds.back().refunded_at.is_set();
  return is_under_way ? refunds.first(refunds.size() - 1) : refunds;
}

bool is_whole(const Payment& payment) {
  return payment.refunds.empty() &&
         (payment.state == PaymentState::kRefunding || payment.state == PaymentState::kRefunded);
}

}  // namespace

SeatList seats_left(const Payment& payment) {
  if (is_whole(payment)) return {};
  SeatList left;
  for (const SeatNumber seat : payment.seats)
    if (owns_seat(payment, seat)) left.push_back(seat);
  std::ranges::sort(left);
  return left;
}

SeatList seats_returned(const Payment& payment) {
  return is_whole(payment) ? payment.seats : seats_of(payment.refunds);
}

Money money_returned(const Payment& payment) {
  return is_whole(payment) ? payment.amount : money_of(payment.refunds);
}

SeatList seats_refunded(const Payment& payment) {
  if (payment.refunds.empty())
    return payment.state == PaymentState::kRefunded ? payment.seats : SeatList();
  return seats_of(done_of(payment));
}

Money money_refunded(const Payment& payment) {
  if (payment.refunds.empty())
    return payment.state == PaymentState::kRefunded ? payment.amount : Money{};
  return money_of(done_of(payment));
}

Money money_of(std::span<const SeatRefund> refunds) {
  Money sum;
  for (const SeatRefund& refund : refunds) sum.minor += refund.amount.minor;
  return sum;
}

const SeatList& seats_of_refund(const Payment& payment) {
  return payment.refunds.empty() ? payment.seats : payment.refunds.back().seats;
}

Money money_of_refund(const Payment& payment) {
  return payment.refunds.empty() ? payment.amount : payment.refunds.back().amount;
}

bool owns_seat(const Payment& payment, SeatNumber seat) {
  if (payment.state == PaymentState::kStarted || is_whole(payment) || !has(payment.seats, seat))
    return false;
  return std::ranges::none_of(payment.refunds,
                              [seat](const SeatRefund& refund) { return has(refund.seats, seat); });
}

const SeatRefund* find_refund(const Payment& payment, const SeatList& seats) {
  const auto found = std::ranges::find(payment.refunds, seats, &SeatRefund::seats);
  return found == payment.refunds.end() ? nullptr : &*found;
}

Money price_paid(const Concert& concert, const Payment& payment, const SeatList& seats) {
  const SeatList left = seats_left(payment);
  const std::int64_t rest = payment.amount.minor - money_returned(payment).minor;
  if (seats.size() == left.size()) return Money{rest};
  const SeatMap& map = concert.dates[payment.date_index]->seats;
  const auto prices_of = [&map](const SeatList& list) {
    std::int64_t sum = 0;
    for (const SeatNumber seat : list) sum += map.price_of(seat).minor;
    return sum;
  };
  // The box office had one price for all, or the prices of today give no shares.
  const bool is_of_own_price =
      payment.is_of_office() && prices_of(payment.seats) != payment.amount.minor;
  const bool are_equal = is_of_own_price || prices_of(left) == 0;
  const auto share_of = [&](const SeatList& list) {
    return are_equal ? static_cast<std::int64_t>(list.size()) : prices_of(list);
  };
  __extension__ using Wide = __int128;
  return Money{static_cast<std::int64_t>(Wide{rest} * share_of(seats) / share_of(left))};
}

}  // namespace frontrow
