// The reply of a slot to a command that was not rejected, read from the slot's state after the
// events of the command were applied. The slot's thread; changes no state.
#pragma once

#include "engine/core/decide.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

// `events`: the events of this command.
Reply answer(const Ask& ask, const EventBatch& events);

HoldView hold_view(const Concert& concert, const Hold& hold);
PaymentView payment_view(const Concert& concert, const Payment& payment);
RefundView refund_view(const Concert& concert, const Payment& payment);

}  // namespace frontrow
