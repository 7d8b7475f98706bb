// decide: a pure function from a slot's state, a command and the time to events or a rejection.
// Its code lists the rejections in their order. expire: the events of deadlines that have passed.
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

// --- building blocks, by file

// decide_line.cc: the token's state at `now`; a session past its deadline is over before the wheel
// expires it.
TokenState effective_state(const Concert& concert, TicketNumber number, Instant now);
bool is_expired(const Hold& hold, Instant now);
// Whether the hold was paid and its payment refunded.
bool is_refunded(const Concert& concert, const Hold& hold);
// Checks that the caller's token is valid in this concert and belongs to the caller.
Reject identify(const Concert& concert, const Caller& caller);
// kAny: a token in any state; for entities that the user owns already.
enum class Access { kActive, kLive, kActiveOrCompleted, kAny };
Reject require(const Concert& concert, const Caller& caller, Access access, Instant now,
               RejectDetail& detail);
QueueEntry queue_entry(const Concert& concert, TicketNumber number, Instant now);
// Events that end a live token and release its holds.
void end_token_events(const Concert& concert, TicketNumber number, TokenState state,
                      EventBatch& out);

Reject decide_join(const Ask& ask, const Join& c, EventBatch& out);
Reject decide_leave(const Ask& ask, const Leave& c, EventBatch& out);
// decide_hold.cc
Reject decide_hold(const Ask& ask, const PlaceHold& c, EventBatch& out, RejectDetail& detail);
Reject decide_release(const Ask& ask, const ReleaseHold& c, EventBatch& out, RejectDetail& detail);
// Finds the caller's own hold and checks that the caller's token may read it.
Reject find_own_hold(const Ask& ask, HoldId id, const Hold*& hold, RejectDetail& detail);
// decide_payment.cc
Reject decide_pay(const Ask& ask, const Pay& c, EventBatch& out, RejectDetail& detail);
Reject decide_refund(const Ask& ask, const Refund& c, EventBatch& out);
Reject decide_reserve_answer(const Ask& ask, const ReserveAnswer& c, EventBatch& out);
Reject decide_settle_done(const Ask& ask, const SettleDone& c, EventBatch& out);
Reject decide_return_done(const Ask& ask, const ReturnDone& c, EventBatch& out);
// decide_operator.cc
Reject decide_change(const Ask& ask, const ChangeConcert& c, EventBatch& out);
Reject decide_block(const Ask& ask, const BlockSeat& c, EventBatch& out, RejectDetail& detail);
Reject decide_create(const Ask& ask, const CreateConcert& c, EventBatch& out);
Reject decide_open(const Ask& ask, const OpenConcert& c, EventBatch& out);
Reject decide_open_done(const Ask& ask, const OpenDone& c, EventBatch& out);
// decide_wallet.cc
Reject decide_charge(const Ask& ask, const Charge& c, EventBatch& out, RejectDetail& detail);
Reject decide_reserve(const Ask& ask, const ReserveMoney& c, EventBatch& out);
Reject decide_settle(const Ask& ask, const SettleMoney& c, EventBatch& out);
Reject decide_return(const Ask& ask, const ReturnMoney& c, EventBatch& out);

// --- expire.cc

// Appends the events of the first due timer that has any, or of one admission, or of the next
// stretch of the line that went idle; returns false when no work is left. Moves the wheel and the
// idle cursor, which are soft, and changes no other state. The caller applies the events before it
// calls again.
bool expire_next(Concert& concert, Instant now, EventBatch& out);
// The latest time of the next call to expire_next().
Instant next_wakeup(const Concert& concert, Instant now);

}  // namespace frontrow
