#include "tests/simulation/fans.h"

#include <algorithm>

#include "engine/base/hash.h"

namespace frontrow::sim {
namespace {

UserId user_of(std::size_t index) {
  UserId user;
  user.bytes[0] = 0x51;
  user.bytes[15] = static_cast<std::uint8_t>(index + 1);
  return user;
}

// Whether the fan retries later, with the same key.
bool is_asked_again(const Command& command, Reject reject) {
  const bool is_told_so = reject == Reject::kOutcomeUnknown || reject == Reject::kOverloaded ||
                          reject == Reject::kLowDisk || reject == Reject::kInstanceUnavailable;
  return is_told_so && command.key.present();
}

}  // namespace

Crowd::Crowd(std::uint32_t fans, Prng& random) : random_(random), fans_(fans) {
  for (std::size_t i = 0; i < fans_.size(); ++i) fans_[i].user = user_of(i);
}

RequestKey Crowd::new_key() {
  ++keys_;
  return {{mix64(keys_), keys_}, mix64(~keys_)};
}

template <class Id>
Id Crowd::some(const std::vector<Id>& ids, Id other) {
  if (ids.empty() || random_.chance(3)) return other;
  const std::size_t newest = std::min<std::size_t>(ids.size(), 3);
  return random_.chance(80) ? ids[ids.size() - 1 - random_.below(newest)]
                            : ids[random_.below(ids.size())];
}

Command Crowd::next(std::size_t index, const std::vector<Offer>& offers) {
  const Fan& fan = fans_[index];
  const Offer& offer = offers[random_.below(offers.size())];
  const auto visit = fan.visits.find(offer.concert);
  if (visit == fan.visits.end()) {
    if (random_.chance(20)) return charge(fan);
    return {{fan.user, {}, 0}, {}, Join{offer.concert, fan.user}};
  }
  return visit->second.is_active ? from_the_shop(fan, offer, visit->second)
                                 : from_the_line(fan, offer, visit->second);
}

Command Crowd::from_the_line(const Fan& fan, const Offer& offer, const Visit& visit) {
  const auto dice = random_.below(100);
  if (dice < 60) return {visit.caller, {}, ReadToken{offer.concert}};
  if (dice < 68) return {visit.caller, {}, Join{offer.concert, fan.user}};
  if (dice < 80) return charge(fan);
  if (dice < 88) return {visit.caller, {}, ReadDates{offer.concert}};
  if (dice < 92) return {visit.caller, {}, Leave{offer.concert}};
  if (dice < 96) return {visit.caller, {}, ReadBalance{fan.user}};
  return place_hold(visit, offer);
}

Command Crowd::from_the_shop(const Fan& fan, const Offer& offer, const Visit& visit) {
  const HoldId hold = some(fan.holds, make_hold_id(offer.concert, 1));
  const PaymentId payment = some(fan.payments, make_payment_id(offer.concert, 1));
  const auto caller_in = [&](ConcertId concert) {
    const auto there = fan.visits.find(concert);
    return there == fan.visits.end() ? visit.caller : there->second.caller;
  };
  const auto dice = random_.below(100);
  if (dice < 32) return place_hold(visit, offer);
  if (dice < 60) return {caller_in(concert_of(hold)), new_key(), Pay{concert_of(hold), {hold}}};
  if (dice < 72) return charge(fan);
  if (dice < 75) return {caller_in(concert_of(hold)), {}, ReleaseHold{hold}};
  if (dice < 80) return {caller_in(concert_of(hold)), {}, ReadHold{hold}};
  if (dice < 85) return {caller_in(concert_of(payment)), {}, ReadPayment{payment}};
  if (dice < 88) return {visit.caller, {}, ReadPayments{fan.user, 10, {}}};
  if (dice < 91) return {visit.caller, {}, ReadBalance{fan.user}};
  if (dice < 94) return {visit.caller, {}, ReadSeats{offer.concert, offer.spec.dates[0].date}};
  if (dice < 98) return {visit.caller, {}, ReadToken{offer.concert}};
  return {visit.caller, {}, Leave{offer.concert}};
}

Command Crowd::place_hold(const Visit& visit, const Offer& offer) {
  const DateSpec& date = offer.spec.dates[random_.below(offer.spec.dates.size())];
  std::uint32_t seats = 0;
  for (const SectionSpec& section : date.sections) seats += section.seats;
  PlaceHold place{offer.concert, date.date, {}};
  for (std::uint64_t left = 1 + random_.below(2); left > 0; --left) {
    const SeatNumber seat{1 + static_cast<std::uint32_t>(random_.below(seats))};
    if (std::find(place.seats.begin(), place.seats.end(), seat) == place.seats.end())
      place.seats.push_back(seat);
  }
  std::sort(place.seats.begin(), place.seats.end());
  return {visit.caller, random_.chance(80) ? new_key() : RequestKey{}, place};
}

Command Crowd::charge(const Fan& fan) {
  const std::int64_t amount = 1000 + static_cast<std::int64_t>(random_.below(2000));
  return {{fan.user, {}, 0}, new_key(), Charge{fan.user, Money{amount}}};
}

void Crowd::learn(std::size_t index, const Command& command, const Reply& reply) {
  Fan& fan = fans_[index];
  if (is_asked_again(command, reply.reject)) fan.unanswered.push_back(command);
  if (reply.reject == Reject::kTokenExpired || reply.reject == Reject::kInvalidToken) {
    for (auto visit = fan.visits.begin(); visit != fan.visits.end(); ++visit) {
      if (visit->second.caller.number != command.caller.number) continue;
      fan.visits.erase(visit);
      return;
    }
    return;
  }
  if (const auto* entry = std::get_if<QueueEntry>(&reply.body)) {
    if (!is_live(entry->state)) {
      fan.visits.erase(entry->concert);
      return;
    }
    fan.visits[entry->concert] = {{fan.user, entry->number, entry->token_epoch},
                                  entry->state == TokenState::kActive};
  } else if (const auto* hold = std::get_if<HoldView>(&reply.body)) {
    if (std::holds_alternative<PlaceHold>(command.body)) fan.holds.push_back(hold->hold);
  } else if (const auto* payment = std::get_if<PaymentView>(&reply.body)) {
    if (!std::holds_alternative<Pay>(command.body)) return;
    fan.payments.push_back(payment->purchase.payment);
    fan.visits.erase(payment->purchase.concert);  // the token is completed
  }
}

}  // namespace frontrow::sim
