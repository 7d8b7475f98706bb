#include "tools/frontrow/simulate/translate.h"

#include <algorithm>
#include <bit>

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/core/apply.h"
#include "net/api/api_problems.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::simulate {
namespace {

using drop::Answer;
using drop::Ask;
using drop::Place;

void take(const QueueEntry& entry, Answer& answer) {
  answer.place = entry.state == TokenState::kWaiting  ? Place::kWaiting
                 : entry.state == TokenState::kActive ? Place::kActive
                                                      : Place::kOver;
  answer.number = entry.number.value;
  answer.poll_after_ms = entry.poll_after_ms;
  answer.offered = entry.offered.value;
  answer.waitlist_position = entry.waitlist_position;
}

void take(const DatesView& view, double choice, const std::vector<Date>& dates, Answer& answer) {
  if (view.dates.empty()) return;
  const Date date = view.dates[drop::popular(choice, view.dates.size())].date;
  const auto at = std::lower_bound(dates.begin(), dates.end(), date);
  FR_CHECK(at != dates.end() && *at == date);
  answer.date = static_cast<std::uint16_t>(at - dates.begin());
  answer.found = true;
}

// The free seat with this rank, from 0; `rank` must be less than the number of free seats.
std::uint32_t free_seat(const std::vector<std::uint64_t>& free_bits, std::size_t rank) {
  std::uint32_t seat = 1;
  for (std::uint64_t word : free_bits) {
    const auto count = static_cast<std::size_t>(std::popcount(word));
    if (rank >= count) {
      rank -= count;
      seat += 64;
      continue;
    }
    for (; rank > 0; --rank) word &= word - 1;
    return seat + static_cast<std::uint32_t>(std::countr_zero(word));
  }
  FR_CHECK(!"a free seat");
}

void take(const SeatsSnapshot& seats, double choice, Answer& answer) {
  if (seats.free == 0) return;
  answer.seat = free_seat(seats.free_bits, drop::popular(choice, seats.free));
  for (const SectionView& section : seats.sections) {
    if (answer.seat >= section.first.value && answer.seat <= section.last.value)
      answer.price = section.price.minor;
  }
  answer.found = true;
}

void take(const SeatList& seats, Answer& answer) {
  FR_CHECK(seats.size() <= drop::kQuantityMax);
  for (std::size_t i = 0; i < seats.size(); ++i) answer.seats[i] = seats[i].value;
}

PlaceHold hold_of(const FanView& view, ConcertId concert, const std::vector<Date>& dates) {
  PlaceHold hold{concert, dates[view.buyer->date], {}};
  if ((view.fan.traits & drop::kByQuantity) == 0) {
    hold.seats = {SeatNumber{view.buyer->seats.front()}};
  } else {
    hold.section = view.wish.section;
    hold.quantity = view.wish.quantity;
  }
  return hold;
}

}  // namespace

Command command_of(const FanView& view, ConcertId concert, const std::vector<Date>& dates) {
  const Caller caller{view.user, TicketNumber{view.fan.number}};
  switch (view.fan.ask) {
    case Ask::kJoin:
      return {{view.user}, view.key, Join{concert, view.user}};
    case Ask::kPoll:
      return {caller, {}, ReadToken{concert}};
    case Ask::kDates:
      return {caller, {}, ReadDates{concert}};
    case Ask::kSeats:
      return {caller, {}, ReadSeats{concert, dates[view.fan.date]}};
    case Ask::kHold:
      return {caller, view.key, hold_of(view, concert, dates)};
    case Ask::kWait:
      return {caller, view.key,
              JoinWaitlist{concert, dates[view.buyer->date], std::string(view.wish.section),
                           view.wish.quantity}};
    case Ask::kOffer:
      return {caller, {}, ReadHold{HoldId{view.buyer->hold}}};
    case Ask::kUnwait:
      return {caller, {}, LeaveWaitlist{concert, {}}};
    case Ask::kCharge:
      return {caller, view.key, Charge{view.user, Money{view.buyer->price}}};
    case Ask::kPay:
      return {caller, view.key, Pay{concert, {HoldId{view.buyer->hold}}}};
    case Ask::kLeave:
      return {caller, {}, Leave{concert}};
  }
  FR_CHECK(!"a known ask");
}

Answer answer_of(Ask ask, const Reply& reply, double choice, const std::vector<Date>& dates) {
  Answer answer{.ask = ask};
  if (reply.reject != Reject::kNone) {
    const ProblemType& type = problem_of(reply.reject);
    answer.status = type.status;
    answer.problem = drop::problem_named(type.slug);
    const auto* detail = std::get_if<RejectDetail>(&reply.body);
    const std::int64_t after_s = retry_after_s(reply.reject, detail ? *detail : RejectDetail{});
    answer.retry_after_ms = after_s < 0 ? -1 : after_s * 1000;
    return answer;
  }
  answer.status = reply.created ? 201 : 200;
  answer.replayed = reply.replayed;
  std::visit(Match{
                 [&](const QueueEntry& r) { take(r, answer); },
                 [&](const DatesView& r) { take(r, choice, dates, answer); },
                 [&](const SeatsView& r) { take(*r, choice, answer); },
                 [&](const HoldView& r) {
                   answer.id = r.hold.value;
                   answer.amount = r.amount.minor;
                   take(r.seats, answer);
                 },
                 [&](const WaitlistView& r) {
                   if (!r.places.empty()) answer.waitlist_position = r.places.front().position;
                 },
                 [&](const ChargeView& r) {
                   answer.id = r.charge.value;
                   answer.amount = r.amount.minor;
                   answer.balance = r.balance.minor;
                 },
                 [&](const PaymentView& r) {
                   answer.id = r.purchase.payment.value;
                   answer.amount = r.purchase.amount.minor;
                   answer.balance = r.balance.minor;
                 },
                 [](const auto&) {},
             },
             reply.body);
  return answer;
}

}  // namespace frontrow::simulate
