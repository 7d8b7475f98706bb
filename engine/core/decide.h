// decide: a pure function from a slot's state, a command and the time to events or a rejection.
// Its code lists the rejections in their order. answer: the reply to a command that was not
// rejected. expire: the events of deadlines that have passed.
#pragma once

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reject.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// The inputs of a decision.
struct Ask {
  const Slot& slot;
  const Command& command;
  Instant now;
  const Policy& policy;
};

// Appends the events to `out` and returns kNone (no events: the command changes nothing), or
// returns the rejection and appends nothing. `detail` is filled for the rejections that carry
// details.
Reject decide(const Ask& ask, EventBatch& out, RejectDetail& detail);

// Reads the slot's state after the events of the command were applied.
Reply answer(const Ask& ask, const EventBatch& events);

// --- building blocks, by file

inline Reject find_concert(const Ask& ask, ConcertId id) {
  return ask.slot.find_concert(id) == nullptr ? Reject::kConcertNotFound : Reject::kNone;
}
// A concert that decide has found.
inline const Concert& concert_at(const Ask& ask, ConcertId id) {
  return *ask.slot.find_concert(id);
}

// decide_line.cc: the token's state at `now`; a session past its deadline is over before the wheel
// expires it.
TokenState effective_state(const Concert& concert, TicketNumber number, Instant now);
// Checks that the caller's token is valid in this concert and belongs to the caller.
Reject identify(const Concert& concert, const Caller& caller);
// kAny: a token in any state, or an identity; for entities that the user owns already.
enum class Access { kActive, kLive, kActiveOrCompleted, kAny };
Reject require(const Concert& concert, const Caller& caller, Access access, Instant now,
               RejectDetail& detail);
Reject check_access(const Ask& ask, ConcertId id, Access access, RejectDetail& detail);
QueueEntry queue_entry(const Concert& concert, TicketNumber number, Instant now);
// Events that end a live token and release its holds. A session that stayed after a payment ends as
// completed.
void end_token_events(const Concert& concert, TicketNumber number, TokenState state,
                      EventBatch& out);
// decide_concert.cc: the events that open the sale, with the shuffle if it is still to come.
void open_sale(const Concert& concert, EventBatch& out);
// decide_access_codes.cc: whether the join may be, as far as codes go. Sets `used` if it spends a
// use of one.
Reject check_access_code(const Concert& concert, const Join& join, Instant now,
                         std::optional<AccessCodeUsed>& used);
// decide_hold.cc
// Seats of the user that count for the limit, without own holds past their deadline. Reads the
// holds only if `wanted` more seats would exceed the limit.
std::uint32_t seats_counted(const Concert& concert, const UserId& user, std::size_t wanted,
                            Instant now);
std::uint16_t index_of(const Concert& concert, const ConcertDate& date);
bool has_seat(const SeatList& seats, SeatNumber seat);
bool is_expired(const Hold& hold, Instant now);
// The hold that has run out but was not expired yet, of a seat that it still has; nullptr: the seat
// has an owner, or none. REQUIRES: the map has the seat.
const Hold* stale_hold_of(const Concert& concert, const ConcertDate& date, SeatNumber seat,
                          Instant now);
// Appends the end of each of these holds, which may be there several times, once.
void expire_holds(const Concert& concert, std::vector<HoldId>& holds, EventBatch& out);
// Whether the hold was paid and its payment refunded.
bool is_refunded(const Concert& concert, const Hold& hold);
// Finds the caller's own hold and checks that the caller's token may read it. Every hold is an
// operator's own.
Reject find_own_hold(const Ask& ask, HoldId id, const Hold*& hold, RejectDetail& detail);
HoldView hold_view(const Concert& concert, const Hold& hold);
// decide_waitlist.cc: the user's entries, by date.
std::vector<WaitlistPlace> waitlist_places(const Concert& concert, const UserId& user);
// decide_payment.cc: nullptr also for a payment that is not decided yet.
const Payment* find_paid(const Concert& concert, PaymentId payment);
PaymentView payment_view(const Concert& concert, const Payment& payment);
// Of the refund of these seats; none: of the newest one.
RefundView refund_view(const Concert& concert, const Payment& payment, const SeatList& seats = {});
// The events that begin the refund of these seats, which are left.
void refund_events(const Concert& concert, const Payment& payment, const SeatList& seats,
                   const RequestKey& key, EventBatch& out);
// decide_concert.cc
ConcertView concert_view(const Concert& concert, Instant now);

// decide_plan.cc: fills in the sections of the dates that are planned. `planned`: for each date, or
// empty.
Reject expand_plans(const Slot& slot, const std::vector<PlannedDate>& planned,
                    std::vector<DateSpec>& dates, RejectDetail& detail);
// The bytes that the dates take in a record and in a snapshot, and those of their masks of
// categories: both have bounds.
struct DateBytes {
  std::size_t spec = 0;
  std::size_t masks = 0;
  void add(const DateSpec& date);
  bool fit() const;
};
// decide_dates.cc: when the date goes off sale after the change.
Instant closing_after(const ConcertDate& date, const ChangeConcert& change, Instant now);
// Appends the events of the added and changed dates.
Reject change_dates(const Concert& concert, const ChangeConcert& change, Instant now,
                    EventBatch& out, RejectDetail& detail);

// --- each command, by file: its rule, and its reply unless that is Done

// decide_line.cc
Reject decide(const Ask&, const Join&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadToken&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const CheckToken&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const Leave&, EventBatch&, RejectDetail&);
void answer(const Ask&, const Join&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadToken&, const EventBatch&, Reply&);
// decide_line_view.cc
Reject decide(const Ask&, const ReadLine&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadLineBlock&, EventBatch&, RejectDetail&);
void answer(const Ask&, const ReadLine&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadLineBlock&, const EventBatch&, Reply&);
// decide_concert.cc
Reject decide(const Ask&, const ReadConcert&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadDates&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadSeats&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const WatchSeats&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ListConcerts&, EventBatch&, RejectDetail&);
void answer(const Ask&, const ReadConcert&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadDates&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadSeats&, const EventBatch&, Reply&);
void answer(const Ask&, const WatchSeats&, const EventBatch&, Reply&);
void answer(const Ask&, const ListConcerts&, const EventBatch&, Reply&);
// decide_hold.cc
Reject decide(const Ask&, const PlaceHold&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadHold&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadHolds&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReleaseHold&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ExtendHold&, EventBatch&, RejectDetail&);
void answer(const Ask&, const ExtendHold&, const EventBatch&, Reply&);
void answer(const Ask&, const PlaceHold&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadHold&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadHolds&, const EventBatch&, Reply&);
// decide_payment.cc
Reject decide(const Ask&, const Pay&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadPayment&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const Refund&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReserveAnswer&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const SettleDone&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReturnDone&, EventBatch&, RejectDetail&);
void answer(const Ask&, const Pay&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadPayment&, const EventBatch&, Reply&);
void answer(const Ask&, const Refund&, const EventBatch&, Reply&);
// decide_ticket.cc
Reject decide(const Ask&, const ReadPass&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadTickets&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const UseTicket&, EventBatch&, RejectDetail&);
void answer(const Ask&, const ReadPass&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadTickets&, const EventBatch&, Reply&);
void answer(const Ask&, const UseTicket&, const EventBatch&, Reply&);
// decide_box_office.cc
Reject decide(const Ask&, const FindPayments&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const FindHolds&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadSeat&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadSeatStates&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadVisitor&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const EndToken&, EventBatch&, RejectDetail&);
void answer(const Ask&, const FindPayments&, const EventBatch&, Reply&);
void answer(const Ask&, const FindHolds&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadSeat&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadSeatStates&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadVisitor&, const EventBatch&, Reply&);
// decide_sale.cc
Reject decide(const Ask&, const SellSeats&, EventBatch&, RejectDetail&);
void answer(const Ask&, const SellSeats&, const EventBatch&, Reply&);
// decide_cancellation.cc
Reject decide(const Ask&, const CancelDates&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadCancellation&, EventBatch&, RejectDetail&);
void answer(const Ask&, const CancelDates&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadCancellation&, const EventBatch&, Reply&);
// decide_waitlist.cc
Reject decide(const Ask&, const JoinWaitlist&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const LeaveWaitlist&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadWaitlist&, EventBatch&, RejectDetail&);
void answer(const Ask&, const JoinWaitlist&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadWaitlist&, const EventBatch&, Reply&);
// decide_access_codes.cc
Reject decide(const Ask&, const AddAccessCodes&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadAccessCodes&, EventBatch&, RejectDetail&);
void answer(const Ask&, const AddAccessCodes&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadAccessCodes&, const EventBatch&, Reply&);
// decide_export.cc
Reject decide(const Ask&, const ReadExport&, EventBatch&, RejectDetail&);
void answer(const Ask&, const ReadExport&, const EventBatch&, Reply&);
// decide_plan.cc
Reject decide(const Ask&, const CreatePlan&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadPlan&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ExpandDates&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ListPlans&, EventBatch&, RejectDetail&);
void answer(const Ask&, const CreatePlan&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadPlan&, const EventBatch&, Reply&);
void answer(const Ask&, const ExpandDates&, const EventBatch&, Reply&);
void answer(const Ask&, const ListPlans&, const EventBatch&, Reply&);
// decide_operator.cc
Reject decide(const Ask&, const ChangeConcert&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const BlockSeat&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const BlockSeats&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const CreateConcert&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const OpenConcert&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const OpenDone&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadAudit&, EventBatch&, RejectDetail&);
void answer(const Ask&, const ReadAudit&, const EventBatch&, Reply&);
void answer(const Ask&, const ChangeConcert&, const EventBatch&, Reply&);
// decide_wallet.cc
Reject decide(const Ask&, const Charge&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const AdjustBalance&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadBalance&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReadPayments&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReserveMoney&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const SettleMoney&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ReturnMoney&, EventBatch&, RejectDetail&);
Reject decide(const Ask&, const ListSale&, EventBatch&, RejectDetail&);
void answer(const Ask&, const Charge&, const EventBatch&, Reply&);
void answer(const Ask&, const AdjustBalance&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadBalance&, const EventBatch&, Reply&);
void answer(const Ask&, const ReadPayments&, const EventBatch&, Reply&);

// --- decide_waitlist.cc

// Whether free seats may be owed to a waitlist; then offer_next() appends the next event, or finds
// that there is none, which it remembers (soft state) until the seats or the waitlist change.
bool has_offers_due(const Concert& concert, Instant now);
bool offer_next(Concert& concert, Instant now, EventBatch& out);

// --- expire.cc

// Appends the events of the first due timer that has any, or of one offer of a waitlist, or of one
// admission, or of the next stretch of the line that went idle; returns false when no work is left.
// Moves the wheel and the idle cursor, which are soft, and changes no other state. The caller
// applies the events before it calls again.
bool expire_next(Concert& concert, Instant now, EventBatch& out);
// The latest time of the next call to expire_next().
Instant next_wakeup(const Concert& concert, Instant now);

}  // namespace frontrow
