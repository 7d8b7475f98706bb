// Which events touch a thing: those that name it, and those that name what came of it. A hold that
// takes the seat is of interest from then on, a payment of such a hold too.
//
// Events must be shown in the order of the log. One thread.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "engine/core/protocol/event.h"

namespace frontrow::recover {

class Interest {
 public:
  // The settings of a concert, not what fans do in it.
  void add_concert(ConcertId concert) { concerts_.insert(concert); }
  // Wallet, tokens, and what is held and paid with them.
  void add_user(const UserId& user) { user_ = user; }
  void add_token(ConcertId concert, TicketNumber number) { tokens_.insert({concert, number}); }
  void add_hold(HoldId hold) { holds_.insert(hold); }
  void add_payment(PaymentId payment) { payments_.insert(payment); }
  void add_seat(ConcertId concert, std::uint16_t date_index, SeatNumber seat) {
    seat_ = Seat{concert, date_index, seat};
  }

  // Widens the interest where the event says so.
  bool touches(const Event& event);

 private:
  struct Seat {
    ConcertId concert;
    std::uint16_t date_index = 0;
    SeatNumber seat;
  };
  bool touches_held(const SeatsHeld& e);
  bool touches_started(const PaymentStarted& e);
  bool is_answer_about_user(const AnswerStored& e) const;
  bool touches_admitted(const TokensAdmitted& e) const;
  bool has_user(const UserId& user) const { return user_ && *user_ == user; }

  std::set<ConcertId> concerts_;
  std::optional<UserId> user_;
  std::set<std::pair<ConcertId, TicketNumber>> tokens_;
  std::set<HoldId> holds_;
  std::set<PaymentId> payments_;
  std::optional<Seat> seat_;
};

}  // namespace frontrow::recover
