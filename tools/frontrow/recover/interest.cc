#include "tools/frontrow/recover/interest.h"

#include <algorithm>

#include "engine/base/match.h"
#include "engine/base/seeded_shuffle.h"
#include "engine/core/apply.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/state/answer_table.h"

namespace frontrow::recover {

bool Interest::touches_held(const SeatsHeld& e) {
  const bool has_seat = seat_ && seat_->concert == e.concert && seat_->date_index == e.date_index &&
                        std::find(e.seats.begin(), e.seats.end(), seat_->seat) != e.seats.end();
  const bool touched =
      has_seat || tokens_.contains({e.concert, e.number}) || holds_.contains(e.hold);
  if (touched) holds_.insert(e.hold);
  return touched;
}

bool Interest::touches_started(const PaymentStarted& e) {
  const bool touched = holds_.contains(e.hold) || payments_.contains(e.payment);
  if (touched) {
    holds_.insert(e.hold);
    payments_.insert(e.payment);
  }
  return touched;
}

bool Interest::touches_sold(const SeatsSoldAtOffice& e) {
  const bool has_seat = seat_ && seat_->concert == e.concert && seat_->date_index == e.date_index &&
                        std::ranges::find(e.seats, seat_->seat) != e.seats.end();
  const bool touched =
      has_seat || has_user(e.user) || holds_.contains(e.hold) || payments_.contains(e.payment);
  if (touched) {
    holds_.insert(e.hold);
    payments_.insert(e.payment);
  }
  return touched;
}

bool Interest::touches_shuffled(const LineShuffled& e) {
  bool touched = false;
  const auto seed = seeds_.find(e.concert);
  if (seed == seeds_.end()) return touched;
  const std::vector<std::uint32_t> numbers = shuffled_numbers(seed->second, e.count);
  for (std::uint32_t i = 0; i < e.count; ++i) {
    const std::pair token{e.concert, TicketNumber{numbers[i]}};
    if (!tokens_.contains(token)) continue;
    places_[token] = LinePlace{i + 1};
    touched = true;
  }
  return touched;
}

bool Interest::touches_admitted(const TokensAdmitted& e) const {
  return std::ranges::any_of(tokens_, [&](const auto& token) {
    const auto shuffled = places_.find(token);
    const LinePlace place =
        shuffled != places_.end() ? shuffled->second : LinePlace{token.second.value};
    return token.first == e.concert && e.first <= place && place <= e.last;
  });
}

// True for an operator's stored answer about the user's wallet or payment.
bool Interest::is_answer_about_user(const AnswerStored& e) const {
  const auto reply = decode_answer(e.answer);
  if (!reply.ok()) return false;
  if (const auto* charge = std::get_if<ChargeView>(&reply->body)) return has_user(charge->user);
  if (const auto* adjusted = std::get_if<AdjustmentView>(&reply->body))
    return has_user(adjusted->user);
  if (const auto* tickets = std::get_if<TicketsView>(&reply->body))
    return has_user(tickets->purchase.user);
  if (const auto* sold = std::get_if<PaymentView>(&reply->body))
    return has_user(sold->purchase.user);
  const auto* refund = std::get_if<RefundView>(&reply->body);
  return refund != nullptr && has_user(refund->purchase.user);
}

bool Interest::touches_date(ConcertId concert, std::uint16_t date_index) const {
  return concerts_.contains(concert) ||
         (seat_ && seat_->concert == concert && seat_->date_index == date_index);
}

bool Interest::touches_act(const Act& act) const {
  const bool is_of_seat = act.kind == ActKind::kBlockSeat || act.kind == ActKind::kUnblockSeat;
  const bool has_seat = is_of_seat && seat_ && seat_->concert == act.concert &&
                        seat_->date == act.date && seat_->seat.value == act.object;
  const bool is_of_date = act.kind == ActKind::kBlockSeats || act.kind == ActKind::kUnblockSeats ||
                          act.kind == ActKind::kCancelDate || act.kind == ActKind::kChangeConcert;
  const bool has_date =
      is_of_date && seat_ && seat_->concert == act.concert && seat_->date == act.date;
  const bool is_of_payment = act.kind == ActKind::kRefund || act.kind == ActKind::kSellSeats;
  const bool has_payment = is_of_payment && payments_.contains(PaymentId{act.object});
  return has_user(act.user) || has_seat || has_date || has_payment ||
         concerts_.contains(act.concert);
}

bool Interest::touches(const Event& event) {
  return std::visit(
      Match{
          [&](const TokenJoined& e) {
            if (has_user(e.user)) tokens_.insert({e.concert, e.number});
            return has_user(e.user) || tokens_.contains({e.concert, e.number});
          },
          [&](const OrderSet& e) {
            seeds_[e.concert] = e.seed;
            return concerts_.contains(e.concert);
          },
          [&](const LineShuffled& e) {
            return touches_shuffled(e) || concerts_.contains(e.concert);
          },
          [&](const TokensAdmitted& e) { return touches_admitted(e); },
          [&](const TokenEnded& e) { return tokens_.contains({e.concert, e.number}); },
          [&](const SeatsHeld& e) { return touches_held(e); },
          [&](const WaitlistJoined& e) {
            if (has_user(e.user)) waits_.insert({e.concert, e.date_index, e.entry});
            return has_user(e.user);
          },
          [&](const WaitlistLeft& e) {
            return waits_.contains({e.concert, e.date_index, e.entry});
          },
          [&](const SeatsOffered& e) {
            if (waits_.contains({e.concert, e.date_index, e.entry})) holds_.insert(e.hold);
            return touches_held(
                {e.concert, e.hold, e.number, e.date_index, e.seats, e.amount, e.expires_at});
          },
          [&](const SeatBlocked& e) {
            return seat_ && seat_->concert == e.concert && seat_->date_index == e.date_index &&
                   seat_->seat == e.seat;
          },
          [&](const SeatsBlocked& e) {
            return seat_ && seat_->concert == e.concert && seat_->date_index == e.date_index &&
                   std::ranges::any_of(e.ranges, [&](const SeatRange& r) {
                     return r.first <= seat_->seat && seat_->seat <= r.last;
                   });
          },
          [&](const DateCancelled& e) { return touches_date(e.concert, e.date_index); },
          [&](const SectionsAdded& e) { return touches_date(e.concert, e.date_index); },
          [&](const PricesChanged& e) { return touches_date(e.concert, e.date_index); },
          [&](const DatePostponed& e) { return touches_date(e.concert, e.date_index); },
          [&](const HoldsMerged& e) {
            const bool touched = holds_.contains(e.hold) || holds_.contains(e.merged);
            if (touched) holds_.insert({e.hold, e.merged});
            return touched;
          },
          [&](const PaymentStarted& e) { return touches_started(e); },
          [&](const SeatsSoldAtOffice& e) { return touches_sold(e); },
          [&](const MoneyReserved& e) {
            return has_user(e.purchase.user) || payments_.contains(e.purchase.payment);
          },
          [&](const AnswerStored& e) { return has_user(e.user) || is_answer_about_user(e); },
          [&](const OperatorActed& e) { return touches_act(e.act); },
          [](const SlotHashed&) { return false; },
          [](const ChallengeSpent&) { return false; },  // the join beside it has the user
          [](const AccessCodeUsed&) { return false; },
          [&]<class E>(const E& e) {
            bool touched = false;
            if constexpr (requires { e.payment; }) touched = payments_.contains(e.payment);
            if constexpr (requires { e.hold; }) touched = touched || holds_.contains(e.hold);
            if constexpr (requires { e.user; }) touched = touched || has_user(e.user);
            // The remaining events concern the concert itself.
            constexpr bool kOfConcert =
                requires { e.concert; } && !requires { e.payment; } && !requires { e.hold; };
            if constexpr (kOfConcert) touched = concerts_.contains(e.concert);
            return touched;
          },
      },
      event);
}

}  // namespace frontrow::recover
