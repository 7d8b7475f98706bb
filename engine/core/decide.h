// decide: may this command happen, and what facts does it make? Never changes anything; reads as
// the list of rejections in their order. expire: what the time that has passed makes happen.
#pragma once

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reject.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// Everything a decision may look at.
struct Ask {
  const Slot& slot;
  const Command& command;
  Instant now;
  const Policy& policy;
};

// Appends the facts to `out` and returns kNone (no facts: it is so already), or says why not and
// appends nothing. `detail` is filled for the rejections that tell more than their name.
Reject decide(const Ask& ask, EventBatch& out, RejectDetail& detail);

// --- building blocks, by the file that has them

// decide_line.cc: what the token's own state is now; a session past its deadline is over before the
// wheel says so.
TokenState effective_state(const Concert& concert, TicketNumber number, Instant now);
bool is_expired(const Hold& hold, Instant now);
// Whether the hold was paid and its payment given back.
bool is_refunded(const Concert& concert, const Hold& hold);
// Is the caller who the token says, in this concert?
Reject identify(const Concert& concert, const Caller& caller);
// kAny: whatever became of it; for what is the user's own.
enum class Access { kActive, kLive, kActiveOrCompleted, kAny };
Reject require(const Concert& concert, const Caller& caller, Access access, Instant now,
               RejectDetail& detail);
QueueEntry queue_entry(const Concert& concert, TicketNumber number, Instant now);
// Events that end a live token and give back what it holds.
void end_token_events(const Concert& concert, TicketNumber number, TokenState state,
                      EventBatch& out);

Reject decide_join(const Ask& ask, const Join& c, EventBatch& out);
Reject decide_leave(const Ask& ask, const Leave& c, EventBatch& out);
// decide_hold.cc
Reject decide_hold(const Ask& ask, const PlaceHold& c, EventBatch& out, RejectDetail& detail);
Reject decide_release(const Ask& ask, const ReleaseHold& c, EventBatch& out, RejectDetail& detail);
// The caller's own hold, readable under the caller's token.
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

// The facts of the first due timer that still means something, or of one admission, or of the next
// stretch of the line that went idle; false when there is nothing (left) to do. Moves the wheel and
// the idle cursor, which are soft, and nothing else. The caller applies what came out before it
// calls again.
bool expire_next(Concert& concert, Instant now, EventBatch& out);
// When expire_next may have something to do, at the latest.
Instant next_wakeup(const Concert& concert, Instant now);

}  // namespace frontrow
