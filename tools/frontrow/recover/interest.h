// Selects the events that concern an entity: those that name it, and those that name an entity that
// resulted from it. A hold that takes the seat is included from then on, a payment of such a hold
// too.
//
// Events must be passed in the order of the log. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/core/protocol/event.h"

namespace frontrow::recover {

class Interest {
 public:
  // The settings of a concert, not its fans' actions.
  void add_concert(ConcertId concert) { concerts_.insert(concert); }
  // Wallet, tokens, and their holds and payments.
  void add_user(const UserId& user) { user_ = user; }
  void add_token(ConcertId concert, TicketNumber number) { tokens_.insert({concert, number}); }
  void add_hold(HoldId hold) { holds_.insert(hold); }
  void add_payment(PaymentId payment) { payments_.insert(payment); }
  // `date` is that of the index.
  void add_seat(ConcertId concert, std::uint16_t date_index, Date date, SeatNumber seat) {
    seat_ = Seat{concert, date_index, date, seat};
  }

  // True if the event concerns the entity; may add the event's hold, payment or token to the
  // selection.
  bool touches(const Event& event);

 private:
  struct Seat {
    ConcertId concert;
    std::uint16_t date_index = 0;
    Date date;
    SeatNumber seat;
  };
  bool touches_held(const SeatsHeld& e);
  bool touches_started(const PaymentStarted& e);
  bool touches_sold(const SeatsSoldAtOffice& e);
  bool is_answer_about_user(const AnswerStored& e) const;
  bool touches_shuffled(const LineShuffled& e);
  bool touches_admitted(const TokensAdmitted& e) const;
  bool touches_date(ConcertId concert, std::uint16_t date_index) const;
  bool touches_act(const Act& act) const;
  bool has_user(const UserId& user) const { return user_ && *user_ == user; }

  std::set<ConcertId> concerts_;
  std::optional<UserId> user_;
  std::set<std::pair<ConcertId, TicketNumber>> tokens_;
  std::map<ConcertId, Bytes32> seeds_;  // of lines that are shuffled at the opening
  // The places that the followed tokens got.
  std::map<std::pair<ConcertId, TicketNumber>, LinePlace> places_;
  std::set<std::tuple<ConcertId, std::uint16_t, std::uint32_t>> waits_;  // date, entry
  std::set<HoldId> holds_;
  std::set<PaymentId> payments_;
  std::optional<Seat> seat_;
};

}  // namespace frontrow::recover
